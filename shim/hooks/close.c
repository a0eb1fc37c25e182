/*
 * Hooks of close(2): the last descriptor publishes (301).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/hooks/close.h"
#include "shim/hooks/next.h"
#include "shim/pending/pending.h"

/* As the kernel does for EIO: the descriptor is gone, and the call says what went wrong. */
static int close_pending(int fd, int (*next)(int))
{
    int released = pending_release(fd);
    int closed = next(fd);
    if (released == 0)
        return closed;
    errno = -released;
    return -1;
}

#define DEFINE_CLOSE(name)                                                                         \
    SLOW static int name##_slow(int fd)                                                            \
    {                                                                                              \
        return close_pending(fd, NEXT(name));                                                      \
    }                                                                                              \
    EXPORT int name(int fd)                                                                        \
    {                                                                                              \
        next_##name##_type *next = NEXT_SINCE_START(name);                                         \
        return LIKELY(next && !pending_tracks(fd)) ? next(fd) : name##_slow(fd);                   \
    }

DEFINE_CLOSE(close)

#ifdef __GLIBC__

DEFINE_CLOSE(__close)

EXPORT int close_range(unsigned first, unsigned last, int flags)
{
    int released = close_range_closes(first, last, flags) ? pending_release_range(first, last) : 0;
    int closed = NEXT(close_range)(first, last, flags);
    if (released == 0 || closed < 0)
        return closed;
    errno = -released;
    return -1;
}

/* It returns nothing, so a failure is told by the log alone. */
EXPORT void closefrom(int lowest)
{
    (void)pending_release_range(lowest < 0 ? 0 : (unsigned)lowest, UINT_MAX);
    NEXT(closefrom)(lowest);
}

EXPORT int fcloseall(void)
{
    pending_finish_streams();
    return NEXT(fcloseall)();
}

#else

EXPORT int posix_close(int fd, int flags)
{
    int released = pending_release(fd);
    int closed = NEXT(posix_close)(fd, flags);
    if (released == 0)
        return closed;
    errno = -released;
    return -1;
}

#endif
