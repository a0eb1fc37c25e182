/*
 * What stands under the name already: may this caller write it, and replace it?
 *
 * Replacing needs rights on the directory, a plain open needs rights on the file.  The writer asks
 * for both, so that it widens nobody's access (109) and refuses at open, not at close, what the
 * final rename(2) could not do (110).  Asking leaves no trace: nothing is opened to write, which
 * would break leases, be told to watchers, and drop record locks at its close (fcntl(2)).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/base/high_fd.h"
#include "shim/base/proc.h"
#include "shim/writer/internal.h"

#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#define LOOKING (O_NOFOLLOW | O_NOCTTY)

/* As open(2) waits for whoever holds a lease, but never for the other end of a planted FIFO. */
static int open_regular(struct writer_file *file, int access, int flags)
{
    int fd = sys_openat(file->directory, file->name, access | LOOKING | O_NONBLOCK, 0);
    if (fd != -EAGAIN || (flags & O_NONBLOCK))
        return fd;
    int handle = sys_openat(file->directory, file->name, O_PATH | LOOKING | O_CLOEXEC, 0);
    if (handle < 0)
        return handle;
    struct statx status;
    fd = sys_fstat(handle, &status);
    if (fd == 0 && !S_ISREG(status.stx_mode))
        fd = WRITER_RETRY;
    if (fd == 0) {
        char path[PROC_FD_PATH_SIZE];
        proc_fd_path(path, handle);
        fd = sys_openat(AT_FDCWD, path, access | O_NOCTTY, 0);
    }
    sys_close(handle);
    return fd;
}

/* The name is another thing by now. */
static bool has_changed(int error)
{
    return error == -ELOOP || error == -ENOENT || error == -ENXIO || error == -ENOTDIR;
}

static int try_to_open(struct writer_file *file, int access, int flags)
{
    int fd = open_regular(file, access | (flags & O_APPEND), flags);
    if (fd < 0)
        return has_changed(fd) ? WRITER_RETRY : fd;
    sys_close(fd);
    return 0;
}

/* With O_TRUNC, open(2) asks for the mount's consent before the file's. */
static bool mount_is_read_only(const struct writer_file *file)
{
    struct statfs64 status;
#ifdef SYS_fstatfs64
    long result = sys_call(SYS_fstatfs64, file->directory, sizeof status, (long)&status, 0, 0);
#else
    long result = sys_call(SYS_fstatfs, file->directory, (long)&status, 0, 0, 0);
#endif
    return result == 0 && (status.f_flags & ST_RDONLY);
}

/* What a plain open says, of the error of one without O_TRUNC. */
static int error_with_truncation(const struct writer_file *file, int error, int flags)
{
    return error < 0 && (flags & O_TRUNC) && mount_is_read_only(file) ? -EROFS : error;
}

int existing_access(struct writer_file *file, const struct statx *existing, int flags)
{
    int access = flags & O_ACCMODE;
    int wanted = access == O_WRONLY                      ? W_OK
                 : access == O_RDWR || (flags & O_TRUNC) ? R_OK | W_OK
                                                         : R_OK;
    int result = sys_faccess_effective(file->directory, file->name, wanted);
    if (has_changed(result))
        return WRITER_RETRY;
    /* Of a mount that is read-only, access(2) speaks before it looks at the file, open(2) after. */
    bool unknown = result == -ENOSYS || result == -EPERM || result == -EROFS;
    /* Only opening a program tells whether it runs: ETXTBSY. */
    bool may_run = existing->stx_mode & (S_IXUSR | S_IXGRP | S_IXOTH);
    if (unknown || (result == 0 && may_run))
        result = try_to_open(file, (wanted & R_OK ? O_RDWR : O_WRONLY) | O_CLOEXEC, flags);
    return result == WRITER_RETRY ? result : error_with_truncation(file, result, flags);
}

int existing_may_be_replaced(struct writer_file *file, const struct statx *directory,
                             const struct statx *existing)
{
    if (existing->stx_attributes & STATX_ATTR_MOUNT_ROOT)
        return writer_refuse(file, -EBUSY, "a mount point cannot be replaced");
    if (existing->stx_attributes & STATX_ATTR_APPEND)
        return writer_refuse(file, -EPERM, "an append-only file cannot be replaced");
    if (directory->stx_attributes & (STATX_ATTR_APPEND | STATX_ATTR_IMMUTABLE))
        return writer_refuse(file, -EPERM, "the directory is append-only or immutable");
    if (sticky_keeps(directory, existing))
        return writer_refuse(file, -EPERM, "another user's file in a sticky directory");
    return 0;
}

int existing_open_itself(struct writer_file *file, int access, int flags)
{
    int kept = flags & ~(O_ACCMODE | O_CREAT | O_EXCL | O_TRUNC);
    int fd = open_regular(file, access | kept, flags);
    if (fd < 0)
        return has_changed(fd) ? WRITER_RETRY : error_with_truncation(file, fd, flags);
    int result = 0;
    if (!(flags & O_NONBLOCK))
        result = sys_fcntl(fd, F_SETFL, kept & WRITER_SETTABLE_FLAGS);
    if (result == 0)
        return fd;
    sys_close(fd);
    return writer_refuse(file, result, "the descriptor's flags cannot be set");
}

int existing_open(struct writer_file *file, int flags)
{
    int fd = open_regular(file, O_RDONLY | O_CLOEXEC, flags);
    if (has_changed(fd))
        return WRITER_RETRY;
    if (fd == -EACCES)
        file->reason = "the old content cannot be read, so it cannot be kept";
    if (fd < 0)
        return fd;
    struct statx status;
    int result = sys_fstat(fd, &status);
    if (result == 0 && !S_ISREG(status.stx_mode))
        result = WRITER_RETRY;
    if (result < 0) {
        sys_close(fd);
        return result;
    }
    /* The program is to get the lowest free descriptor (203). */
    fd = high_fd_move(fd);
    return fd < 0 ? writer_refuse(file, fd, "no descriptor is free for the old content") : fd;
}
