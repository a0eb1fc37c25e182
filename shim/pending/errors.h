/*
 * Which failures of a data-writing call leave a file incomplete (309).
 *
 * A pure table of errno values: write(2), fsync(2), copy_file_range(2), sendfile(2), splice(2).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SHIM_PENDING_ERRORS_H
#define OWNERONLY_SHIM_PENDING_ERRORS_H

#include <errno.h>
#include <stdbool.h>

/*
 * Of write(2) and its kin, and of fsync(2): everything but what the program is to handle.  A call
 * or a flag (pwritev2(2)) that this kernel lacks is done without; network file systems say more
 * than local ones, so the list names what does not count.
 */
static inline bool error_spoils_write(int error)
{
    switch (error) {
    case EINTR:
    case EAGAIN:
    case EBADF:
    case EFAULT:
    case EINVAL:
    case ESPIPE:
    case ENOSYS:
    case EOPNOTSUPP:
        return false;
    default:
        return true;
    }
}

/* Of the calls that programs try, and do without: only what a plain write would have met, too. */
static inline bool error_spoils_copy(int error)
{
    switch (error) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case EIO:
    case ESTALE:
    case ETIMEDOUT:
        return true;
    default:
        return false;
    }
}

#endif
