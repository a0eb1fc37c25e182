/*
 * Hooks of dup(2) and fcntl(2): a duplicate keeps a file pending, and a descriptor that is
 * duplicated onto is let go (301).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/base/guard.h"
#include "shim/hooks/hook.h"
#include "shim/pending/pending.h"

/* Nobody gets in between the duplicate and its entry, which would then end too early. */
static int duplicated(int fd, int copy)
{
    if (copy >= 0)
        pending_alias(fd, copy);
    return copy;
}

SLOW static int dup_slow(int fd)
{
    if (!pending_tracks(fd))
        return NEXT(dup)(fd);
    guard_enter();
    int copy = duplicated(fd, NEXT(dup)(fd));
    guard_leave();
    return copy;
}

EXPORT int dup(int fd)
{
    next_dup_type *next = NEXT_SINCE_START(dup);
    return LIKELY(next && !pending_ever()) ? next(fd) : dup_slow(fd);
}

static bool is_about_pending(int fd, int copy)
{
    return pending_tracks(fd) || pending_tracks(copy);
}

/*
 * Duplicating onto what stands for a file ends that.  The duplicate is made even if publishing
 * fails: the program must not be left with a descriptor of a file that was discarded.
 */
static int dup_onto(int fd, int copy, int flags, next_dup2_type *next)
{
    guard_enter();
    bool ends = fd != copy && sys_fcntl(fd, F_GETFD, 0) >= 0;
    int released = ends ? pending_release(copy) : 0;
    int made = next ? next(fd, copy) : NEXT(dup3)(fd, copy, flags);
    if (fd != copy)
        made = duplicated(fd, made);
    guard_leave();
    if (released == 0 || made < 0)
        return made;
    errno = -released;
    return -1;
}

#define DEFINE_DUP2(name)                                                                          \
    SLOW static int name##_slow(int fd, int copy)                                                  \
    {                                                                                              \
        return is_about_pending(fd, copy) ? dup_onto(fd, copy, 0, NEXT(name))                      \
                                          : NEXT(name)(fd, copy);                                  \
    }                                                                                              \
    EXPORT int name(int fd, int copy)                                                              \
    {                                                                                              \
        next_##name##_type *next = NEXT_SINCE_START(name);                                         \
        return LIKELY(next && !pending_ever()) ? next(fd, copy) : name##_slow(fd, copy);           \
    }

DEFINE_DUP2(dup2)
#ifdef __GLIBC__
DEFINE_DUP2(__dup2)
#endif

EXPORT int dup3(int fd, int copy, int flags)
{
    bool valid = (flags & ~O_CLOEXEC) == 0;
    return valid && is_about_pending(fd, copy) ? dup_onto(fd, copy, flags, NULL)
                                               : NEXT(dup3)(fd, copy, flags);
}

static bool duplicates(int command)
{
    return command == F_DUPFD || command == F_DUPFD_CLOEXEC;
}

static int answered(int fd, int command, int result)
{
    return command == F_GETFL && result >= 0 ? pending_shown_flags(fd, result) : result;
}

/* As with open(2): whatever the command's argument is, it is as wide as a pointer. */
#define DEFINE_FCNTL(name)                                                                         \
    int hook_##name(int fd, int command, void *argument) __asm__(#name);                           \
    SLOW static int name##_slow(int fd, int command, void *argument)                               \
    {                                                                                              \
        if (!duplicates(command) || !pending_tracks(fd))                                           \
            return answered(fd, command, NEXT(name)(fd, command, argument));                       \
        guard_enter();                                                                             \
        int copy = duplicated(fd, NEXT(name)(fd, command, argument));                              \
        guard_leave();                                                                             \
        return copy;                                                                               \
    }                                                                                              \
    EXPORT int hook_##name(int fd, int command, void *argument)                                    \
    {                                                                                              \
        next_##name##_type *next = NEXT_SINCE_START(name);                                         \
        return LIKELY(next && !pending_ever()) ? next(fd, command, argument)                       \
                                               : name##_slow(fd, command, argument);               \
    }

DEFINE_FCNTL(fcntl)
#ifdef __GLIBC__
DEFINE_FCNTL(__fcntl)
DEFINE_FCNTL(fcntl64)
#endif
#if defined(__GLIBC__) && __WORDSIZE == 32
DEFINE_FCNTL(__fcntl_time64)
#endif
