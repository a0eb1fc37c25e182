/*
 * Hooks of open(2) and its kin.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/hooks/hook.h"
#include "shim/hooks/names.h"
#include "shim/hooks/redirect.h"

/* An open to read, name##_to_read(): apart, because the stack of one to write is small. */
#define DEFINE_READING(name, parameters, arguments, dirfd)                                         \
    SLOW static int name##_to_read parameters                                                      \
    {                                                                                              \
        struct names_look look = names_look();                                                     \
        int fd;                                                                                    \
        do                                                                                         \
            fd = NEXT(name) arguments;                                                             \
        while (names_again(&look, fd, dirfd, path));                                               \
        return names_opened(&look, fd, flags);                                                     \
    }

/*
 * open(2) is declared with "...", and takes its mode like any other third argument: variadic and
 * plain arguments are passed alike in the calling conventions of Linux.  When the caller gave none,
 * the mode is what happens to be there, and as with the system call, nobody looks at it.
 */
#define DEFINE_OPEN(name, implied)                                                                 \
    int hook_##name(const char *path, int flags, mode_t mode) __asm__(#name);                      \
    typedef __typeof__(hook_##name) hook_##name##_type;                                            \
    DEFINE_READING(name, (const char *path, int flags, mode_t mode), (path, flags, mode),          \
                   AT_FDCWD)                                                                       \
    SLOW static int name##_slow(const char *path, int flags, mode_t mode)                          \
    {                                                                                              \
        int fd;                                                                                    \
        if (redirect_open(AT_FDCWD, path, flags | (implied), &mode, &fd))                          \
            return fd;                                                                             \
        return redirect_writes_or_creates(flags) ? NEXT(name)(path, flags, mode)                   \
                                                 : name##_to_read(path, flags, mode);              \
    }                                                                                              \
    NOINLINE static int name##_to_write(const char *path, int flags, mode_t mode)                  \
    {                                                                                              \
        return LIKELY(NEXT_SINCE_START(name) && !may_be_protected_since_start(path))               \
                   ? ((hook_##name##_type *)NEXT_SINCE_START(name))(path, flags, mode)             \
                   : name##_slow(path, flags, mode);                                               \
    }                                                                                              \
    EXPORT int hook_##name(const char *path, int flags, mode_t mode)                               \
    {                                                                                              \
        if (redirect_writes_or_creates(flags))                                                     \
            return name##_to_write(path, flags, mode);                                             \
        hook_##name##_type *next = (hook_##name##_type *)NEXT_QUICK(name);                         \
        return LIKELY(next) ? next(path, flags, mode) : name##_slow(path, flags, mode);            \
    }

#define DEFINE_OPENAT(name, implied)                                                               \
    int hook_##name(int dirfd, const char *path, int flags, mode_t mode) __asm__(#name);           \
    typedef __typeof__(hook_##name) hook_##name##_type;                                            \
    DEFINE_READING(name, (int dirfd, const char *path, int flags, mode_t mode),                    \
                   (dirfd, path, flags, mode), dirfd)                                              \
    SLOW static int name##_slow(int dirfd, const char *path, int flags, mode_t mode)               \
    {                                                                                              \
        int fd;                                                                                    \
        if (redirect_open(dirfd, path, flags | (implied), &mode, &fd))                             \
            return fd;                                                                             \
        return redirect_writes_or_creates(flags) ? NEXT(name)(dirfd, path, flags, mode)            \
                                                 : name##_to_read(dirfd, path, flags, mode);       \
    }                                                                                              \
    NOINLINE static int name##_to_write(int dirfd, const char *path, int flags, mode_t mode)       \
    {                                                                                              \
        return LIKELY(NEXT_SINCE_START(name) && !may_be_protected_since_start(path))               \
                   ? ((hook_##name##_type *)NEXT_SINCE_START(name))(dirfd, path, flags, mode)      \
                   : name##_slow(dirfd, path, flags, mode);                                        \
    }                                                                                              \
    EXPORT int hook_##name(int dirfd, const char *path, int flags, mode_t mode)                    \
    {                                                                                              \
        if (redirect_writes_or_creates(flags))                                                     \
            return name##_to_write(dirfd, path, flags, mode);                                      \
        hook_##name##_type *next = (hook_##name##_type *)NEXT_QUICK(name);                         \
        return LIKELY(next) ? next(dirfd, path, flags, mode)                                       \
                            : name##_slow(dirfd, path, flags, mode);                               \
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

/* The kernel has read *how where it looked for the path. */
SLOW static int openat2_and_look(int dirfd, const char *path, const struct open_how *how,
                                 size_t size)
{
    struct names_look look = names_look();
    int fd;
    do
        fd = NEXT(openat2)(dirfd, path, how, size);
    while (fd < 0 && errno == ENOENT && !redirect_writes_or_creates((int)how->flags) &&
           names_again(&look, fd, dirfd, path));
    return look.missed ? names_opened(&look, fd, (int)how->flags) : fd;
}

EXPORT int openat2(int dirfd, const char *path, const struct open_how *how, size_t size)
{
    struct open_how narrowed;
    int fd;
    return redirect_openat2(dirfd, path, &how, &size, &narrowed, &fd)
               ? fd
               : openat2_and_look(dirfd, path, how, size);
}

#ifdef __GLIBC__

/* The fortified forms end the program when a mode is needed, so these never see O_CREAT. */
#define DEFINE_OPEN_2(name, implied)                                                               \
    DEFINE_READING(name, (const char *path, int flags), (path, flags), AT_FDCWD)                   \
    EXPORT int name(const char *path, int flags)                                                   \
    {                                                                                              \
        mode_t mode = 0;                                                                           \
        int fd;                                                                                    \
        if (!(flags & O_CREAT) && redirect_open(AT_FDCWD, path, flags | (implied), &mode, &fd))    \
            return fd;                                                                             \
        return redirect_writes_or_creates(flags) ? NEXT(name)(path, flags)                         \
                                                 : name##_to_read(path, flags);                    \
    }

#define DEFINE_OPENAT_2(name, implied)                                                             \
    DEFINE_READING(name, (int dirfd, const char *path, int flags), (dirfd, path, flags), dirfd)    \
    EXPORT int name(int dirfd, const char *path, int flags)                                        \
    {                                                                                              \
        mode_t mode = 0;                                                                           \
        int fd;                                                                                    \
        if (!(flags & O_CREAT) && redirect_open(dirfd, path, flags | (implied), &mode, &fd))       \
            return fd;                                                                             \
        return redirect_writes_or_creates(flags) ? NEXT(name)(dirfd, path, flags)                  \
                                                 : name##_to_read(dirfd, path, flags);             \
    }

DEFINE_OPEN(__open, 0)
DEFINE_OPEN(__open64, O_LARGEFILE)
DEFINE_OPEN_2(__open_2, 0)
DEFINE_OPEN_2(__open64_2, O_LARGEFILE)
DEFINE_OPENAT_2(__openat_2, 0)
DEFINE_OPENAT_2(__openat64_2, O_LARGEFILE)

#endif
