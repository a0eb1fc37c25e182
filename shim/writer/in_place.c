/*
 * Writing into the file that stands there, for a rule that allows it where replacing is impossible.
 *
 * Not atomic: readers can see a torn file, and a failed write destroys the old one.  What remains
 * of the promises is that nobody else can read what is written.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/writer/internal.h"

#include <sys/stat.h>

/* A file of another user, or one with a second name, stays in reach of whoever planted it. */
static int own_and_single(int fd, mode_t *mode)
{
    struct statx status;
    int result = sys_fstat(fd, &status);
    if (result < 0)
        return result;
    *mode = status.stx_mode & 07777;
    if (!S_ISREG(status.stx_mode) || status.stx_nlink != 1 || status.stx_uid != sys_geteuid())
        return -EPERM;
    return 0;
}

int in_place_open(struct writer_file *file, int flags)
{
    int access = flags & O_ACCMODE;
    if ((flags & O_TRUNC) && access == O_RDONLY)
        access = O_RDWR;
    int kept = flags & ~(O_ACCMODE | O_CREAT | O_EXCL | O_TRUNC);
    int fd = sys_openat(file->directory, file->name, access | kept | O_NOFOLLOW | O_NONBLOCK, 0);
    if (fd < 0)
        return fd;

    mode_t mode;
    int result = own_and_single(fd, &mode);
    if (result == -EPERM)
        file->reason = "in-place needs a regular file of one's own with one link";
    if (result == 0 && file->probes) {
        sys_close(fd);
        file->reason = NULL;
        file->outcome = WRITER_IN_PLACE;
        return 0;
    }
    if (result == 0)
        result = permissions_apply(file->rule, fd, mode, file->rule->mode);
    if (result == 0 && !(flags & O_NONBLOCK))
        result = sys_fcntl(fd, F_SETFL, kept);
    /* Last: an open that fails must not have emptied the file. */
    if (result == 0 && (flags & O_TRUNC))
        result = sys_ftruncate(fd, 0);
    if (result < 0) {
        sys_close(fd);
        return result;
    }
    file->reason = NULL;
    file->outcome = WRITER_IN_PLACE;
    return fd;
}
