/*
 * Hooks of truncate(2): on a protected name, an open, an ftruncate(2) and a close.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/hooks/hook.h"
#include "shim/hooks/redirect.h"
#include "shim/pending/pending.h"

static int truncate_pending(int fd, off64_t length)
{
    int result = sys_ftruncate(fd, (uint64_t)length);
    /* What the program has pending, and this has joined, is as it was. */
    if (result < 0 && pending_is_last(fd))
        pending_mark_failed(fd, -result);
    int released = pending_release(fd);
    sys_close(fd);
    if (result == 0)
        result = released;
    if (result == 0)
        return 0;
    errno = -result;
    return -1;
}

/* False: the plain call is to be made. */
static bool truncate_protected(const char *path, off64_t length, int *result)
{
    mode_t mode = 0;
    int fd;
    guard_enter();
    bool answered = redirect_open(AT_FDCWD, path, O_WRONLY | O_CLOEXEC, &mode, &fd);
    if (answered)
        *result = fd < 0 ? -1 : truncate_pending(fd, length);
    guard_leave();
    return answered;
}

#define DEFINE_TRUNCATE(name, offset_type)                                                         \
    EXPORT int name(const char *path, offset_type length)                                          \
    {                                                                                              \
        int result;                                                                                \
        if (length >= 0 && may_be_protected(path) && truncate_protected(path, length, &result))    \
            return result;                                                                         \
        return NEXT(name)(path, length);                                                           \
    }

DEFINE_TRUNCATE(truncate, off_t)
DEFINE_TRUNCATE(truncate64, off64_t)
