/*
 * The least that a preload library can do: it takes calls, and passes them on.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

static int (*next_open)(const char *, int, ...);
static int (*next_openat)(int, const char *, int, ...);
static int (*next_close)(int);
static ssize_t (*next_write)(int, const void *, size_t);

static void *next(void *known, const char *name)
{
    return known ? known : dlsym(RTLD_NEXT, name);
}

__attribute__((constructor)) static void resolve(void)
{
    next_open = next(next_open, "open");
    next_openat = next(next_openat, "openat");
    next_close = next(next_close, "close");
    next_write = next(next_write, "write");
}

/* As libc does: the mode is read whether the caller gave one or not. */
static mode_t mode_of(va_list *arguments)
{
    return va_arg(*arguments, mode_t);
}

EXPORT int open(const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? mode_of(&arguments) : 0;
    va_end(arguments);
    next_open = next(next_open, "open");
    return next_open(path, flags, mode);
}

EXPORT int openat(int dirfd, const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? mode_of(&arguments) : 0;
    va_end(arguments);
    next_openat = next(next_openat, "openat");
    return next_openat(dirfd, path, flags, mode);
}

EXPORT int close(int fd)
{
    next_close = next(next_close, "close");
    return next_close(fd);
}

EXPORT ssize_t write(int fd, const void *data, size_t size)
{
    next_write = next(next_write, "write");
    return next_write(fd, data, size);
}
