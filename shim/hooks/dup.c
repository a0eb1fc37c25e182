/*
 * Hooks of dup(2) and fcntl(2): a duplicate keeps a file pending, and a descriptor that is
 * duplicated onto is let go (301).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/hooks/next.h"
#include "shim/pending/pending.h"

static int duplicated(int fd, int copy)
{
    if (copy >= 0 && pending_tracks(fd))
        pending_alias(fd, copy);
    return copy;
}

/* True if duplicating fd onto `copy` will end what `copy` stands for. */
static bool ends(int fd, int copy)
{
    return pending_tracks(copy) && fd != copy && sys_fcntl(fd, F_GETFD, 0) >= 0;
}

/*
 * The duplicate is made even if publishing fails: the program must not be left with a descriptor of
 * a file that was discarded.
 */
static int duplicated_onto(int fd, int copy, int released)
{
    copy = duplicated(fd, copy);
    if (released == 0 || copy < 0)
        return copy;
    errno = -released;
    return -1;
}

SLOW static int dup_slow(int fd)
{
    return duplicated(fd, NEXT(dup)(fd));
}

EXPORT int dup(int fd)
{
    next_dup_type *next = NEXT_SINCE_START(dup);
    return LIKELY(next && !pending_ever()) ? next(fd) : dup_slow(fd);
}

#define DEFINE_DUP2(name)                                                                          \
    SLOW static int name##_slow(int fd, int copy)                                                  \
    {                                                                                              \
        int released = ends(fd, copy) ? pending_release(copy) : 0;                                 \
        int result = NEXT(name)(fd, copy);                                                         \
        return fd == copy ? result : duplicated_onto(fd, result, released);                        \
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
    int released = valid && ends(fd, copy) ? pending_release(copy) : 0;
    return duplicated_onto(fd, NEXT(dup3)(fd, copy, flags), released);
}

static int answered(int fd, int command, int result)
{
    switch (command) {
    case F_DUPFD:
    case F_DUPFD_CLOEXEC:
        return duplicated(fd, result);
    case F_GETFL:
        /* The flag by which the file has no name is ours, not the program's (203). */
        return result >= 0 && pending_tracks(fd) ? result & ~O_TMPFILE : result;
    default:
        return result;
    }
}

/* As with open(2): whatever the command's argument is, it is as wide as a pointer. */
#define DEFINE_FCNTL(name)                                                                         \
    int hook_##name(int fd, int command, void *argument) __asm__(#name);                           \
    SLOW static int name##_slow(int fd, int command, void *argument)                               \
    {                                                                                              \
        return answered(fd, command, NEXT(name)(fd, command, argument));                           \
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
