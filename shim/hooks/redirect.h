/*
 * The one question that every opening hook asks: is this open the library's?
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SHIM_HOOKS_REDIRECT_H
#define OWNERONLY_SHIM_HOOKS_REDIRECT_H

#include "shim/hooks/match.h"

#include <linux/openat2.h>

/* Most opens are for reading, and end here. */
static inline bool redirect_writes_or_creates(int flags)
{
    return (flags & (O_ACCMODE | O_TRUNC | O_CREAT)) != 0;
}

/* For a path that the policy may know. */
bool redirect_matched(int dirfd, const char *path, int flags, uint64_t resolve, mode_t *mode,
                      int *fd);

/*
 * True: the open was answered, and *fd is its result, -1 with errno set on failure.
 * False: the plain call is to be made, with *mode, which is narrowed for a protected name (103).
 * Errors: those of open(2) and of writer_begin().
 */
static inline bool redirect_open(int dirfd, const char *path, int flags, mode_t *mode, int *fd)
{
    return redirect_writes_or_creates(flags) && may_be_protected(path) &&
           redirect_matched(dirfd, path, flags, 0, mode, fd);
}

/*
 * The same for openat2(2).  False: the plain call is to be made with *how and *size, which may
 * stand for *narrowed then.  A request that the kernel refuses is left to it.
 */
bool redirect_openat2(int dirfd, const char *path, const struct open_how **how, size_t *size,
                      struct open_how *narrowed, int *fd);

#endif
