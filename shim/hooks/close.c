/*
 * Hooks of close(2): the last descriptor publishes (301).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/hooks/close.h"
#include "shim/base/guard.h"
#include "shim/hooks/hook.h"
#include "shim/pending/pending.h"

/*
 * As the kernel does for EIO: the descriptor is gone, and the call says what went wrong.  Nobody
 * gets in between, to find a descriptor of a file that has been published.
 */
static int close_pending(int fd, int (*next)(int))
{
    guard_enter();
    int released = pending_release(fd);
    int closed = next(fd);
    guard_leave();
    guard_test_cancel();
    if (released == 0)
        return closed;
    errno = -released;
    return -1;
}

#define DEFINE_CLOSE(name)                                                                         \
    SLOW static int name##_slow(int fd)                                                            \
    {                                                                                              \
        return pending_tracks(fd) ? close_pending(fd, NEXT(name)) : NEXT(name)(fd);                \
    }                                                                                              \
    EXPORT int name(int fd)                                                                        \
    {                                                                                              \
        next_##name##_type *next = NEXT_SINCE_START(name);                                         \
        return LIKELY(next && !pending_tracks(fd)) ? next(fd) : name##_slow(fd);                   \
    }

DEFINE_CLOSE(close)

#ifdef __GLIBC__

DEFINE_CLOSE(__close)

static int close_range_pending(unsigned first, unsigned last, int flags)
{
    guard_enter();
    int released = pending_release_range(first, last);
    int closed = NEXT(close_range)(first, last, flags);
    guard_leave();
    if (released == 0 || closed < 0)
        return closed;
    errno = -released;
    return -1;
}

EXPORT int close_range(unsigned first, unsigned last, int flags)
{
    return pending_ever() && close_range_closes(first, last, flags)
               ? close_range_pending(first, last, flags)
               : NEXT(close_range)(first, last, flags);
}

/* It returns nothing, so a failure is told by the log alone. */
EXPORT void closefrom(int lowest)
{
    if (!pending_ever()) {
        NEXT(closefrom)(lowest);
        return;
    }
    guard_enter();
    (void)pending_release_range(lowest < 0 ? 0 : (unsigned)lowest, UINT_MAX);
    NEXT(closefrom)(lowest);
    guard_leave();
}

EXPORT int fcloseall(void)
{
    pending_finish_streams();
    return NEXT(fcloseall)();
}

#else

/* Whatever the flags ask for when it is interrupted: it is not. */
EXPORT int posix_close(int fd, int flags)
{
    return pending_tracks(fd) ? close_pending(fd, NEXT(close)) : NEXT(posix_close)(fd, flags);
}

#endif
