/*
 * Hooks of open(2) and its kin.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "next.h"
#include "redirect.h"

#include <stdarg.h>

/*
 * open(2) has a third argument for O_CREAT and for O_TMPFILE; many a wrapper forgot the second.
 * O_TMPFILE contains O_DIRECTORY, which alone takes none.
 */
#define HAS_MODE(flags) ((flags) & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY)))

#define READ_MODE(mode, flags)                                                                     \
    mode_t mode = 0;                                                                               \
    if (__builtin_expect(HAS_MODE(flags), 0)) {                                                    \
        va_list arguments;                                                                         \
        va_start(arguments, flags);                                                                \
        mode = va_arg(arguments, mode_t);                                                          \
        va_end(arguments);                                                                         \
    }

/* Each hook is two functions, so that the one that everybody pays for is a test and a jump. */
#define DEFINE_OPEN(name, implied)                                                                 \
    SLOW static int name##_slowly(const char *path, int flags, mode_t mode)                        \
    {                                                                                              \
        int fd;                                                                                    \
        if (redirect_matched(AT_FDCWD, path, flags | (implied), 0, &mode, &fd))                    \
            return fd;                                                                             \
        return NEXT(name)(path, flags, mode);                                                      \
    }                                                                                              \
    EXPORT int name(const char *path, int flags, ...)                                              \
    {                                                                                              \
        READ_MODE(mode, flags)                                                                     \
        if (redirect_is_open(path, flags))                                                         \
            return name##_slowly(path, flags, mode);                                               \
        return NEXT(name)(path, flags, mode);                                                      \
    }

#define DEFINE_OPENAT(name, implied)                                                               \
    SLOW static int name##_slowly(int dirfd, const char *path, int flags, mode_t mode)             \
    {                                                                                              \
        int fd;                                                                                    \
        if (redirect_matched(dirfd, path, flags | (implied), 0, &mode, &fd))                       \
            return fd;                                                                             \
        return NEXT(name)(dirfd, path, flags, mode);                                               \
    }                                                                                              \
    EXPORT int name(int dirfd, const char *path, int flags, ...)                                   \
    {                                                                                              \
        READ_MODE(mode, flags)                                                                     \
        if (redirect_is_open(path, flags))                                                         \
            return name##_slowly(dirfd, path, flags, mode);                                        \
        return NEXT(name)(dirfd, path, flags, mode);                                               \
    }

#define DEFINE_CREAT(name, implied)                                                                \
    EXPORT int name(const char *path, mode_t mode)                                                 \
    {                                                                                              \
        int fd;                                                                                    \
        if (redirect_open(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC | (implied), &mode, &fd))   \
            return fd;                                                                             \
        return NEXT(name)(path, mode);                                                             \
    }

DEFINE_OPEN(open, 0)
DEFINE_OPEN(open64, O_LARGEFILE)
DEFINE_OPENAT(openat, 0)
DEFINE_OPENAT(openat64, O_LARGEFILE)
DEFINE_CREAT(creat, 0)
DEFINE_CREAT(creat64, O_LARGEFILE)

EXPORT int openat2(int dirfd, const char *path, const struct open_how *how, size_t size)
{
    struct open_how narrowed;
    int fd;
    if (redirect_openat2(dirfd, path, &how, size, &narrowed, &fd))
        return fd;
    return NEXT(openat2)(dirfd, path, how, size);
}

#ifdef __GLIBC__

/* The fortified forms end the program when a mode is needed, so these never see O_CREAT. */
#define DEFINE_OPEN_2(name, implied)                                                               \
    EXPORT int name(const char *path, int flags)                                                   \
    {                                                                                              \
        mode_t mode = 0;                                                                           \
        int fd;                                                                                    \
        if (!(flags & O_CREAT) && redirect_open(AT_FDCWD, path, flags | (implied), &mode, &fd))    \
            return fd;                                                                             \
        return NEXT(name)(path, flags);                                                            \
    }

#define DEFINE_OPENAT_2(name, implied)                                                             \
    EXPORT int name(int dirfd, const char *path, int flags)                                        \
    {                                                                                              \
        mode_t mode = 0;                                                                           \
        int fd;                                                                                    \
        if (!(flags & O_CREAT) && redirect_open(dirfd, path, flags | (implied), &mode, &fd))       \
            return fd;                                                                             \
        return NEXT(name)(dirfd, path, flags);                                                     \
    }

DEFINE_OPEN(__open, 0)
DEFINE_OPEN(__open64, O_LARGEFILE)
DEFINE_OPEN_2(__open_2, 0)
DEFINE_OPEN_2(__open64_2, O_LARGEFILE)
DEFINE_OPENAT_2(__openat_2, 0)
DEFINE_OPENAT_2(__openat64_2, O_LARGEFILE)

#endif
