/*
 * What stands under the name already: may this caller replace it, and what is kept of it.
 *
 * Replacing needs rights on the directory, a plain open needs rights on the file.  The writer asks
 * for both, so that it widens nobody's access (109) and refuses at open, not at close, what the
 * final rename(2) could not do (110).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/writer/internal.h"

#include <sys/stat.h>

/* The restricted deletion flag: rename(2), EPERM.  A capability is left for the kernel to judge. */
static bool sticky_protects(const struct statx *directory, const struct statx *existing)
{
    if (!(directory->stx_mode & S_ISVTX))
        return false;
    uid_t user = sys_geteuid();
    return user != 0 && user != existing->stx_uid && user != directory->stx_uid;
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
    if (sticky_protects(directory, existing))
        return writer_refuse(file, -EPERM, "another user's file in a sticky directory");
    return 0;
}

int existing_open(struct writer_file *file, int flags)
{
    int access = flags & O_ACCMODE;
    if (!(flags & O_TRUNC) || access == O_RDONLY)
        access = O_RDWR;
    int fd = sys_openat(file->directory, file->name,
                        access | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0);
    if (fd == -EACCES && !(flags & O_TRUNC) && (flags & O_ACCMODE) == O_WRONLY)
        file->reason = "the old content cannot be read, so it cannot be kept";
    return fd;
}

int existing_copy(int source, int fd)
{
    struct statx status;
    int result = sys_fstat(source, &status);
    if (result < 0)
        return result;
    if (!S_ISREG(status.stx_mode))
        return -ENXIO;
    if (sys_reflink(fd, source) == 0)
        return 0;

    static const size_t chunk = (size_t)1 << 30;
    ssize_t copied;
    do
        copied = sys_sendfile(fd, source, chunk);
    while (copied > 0 || copied == -EINTR);
    return copied < 0 ? (int)copied : sys_rewind(fd);
}
