/*
 * Hooks of the calls that write data: one that fails on a pending file spoils it, even if the
 * program goes on as if nothing had happened (309).
 *
 * fallocate(2) and ftruncate(2) are left alone: programs try them, and write without them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/hooks/hook.h"
#include "shim/pending/guests.h"

#include <stdarg.h>

static ssize_t watched(int fd, ssize_t result, void (*note)(int fd, int error))
{
    if (result < 0)
        note(fd, errno);
    else if (result > 0)
        guests_note_written(fd);
    return result;
}

#define DEFINE_NOTED(note, result, name, parameters, arguments)                                    \
    SLOW static result name##_watched parameters                                                   \
    {                                                                                              \
        return (result)watched(fd, NEXT(name) arguments, note);                                    \
    }                                                                                              \
    EXPORT result name parameters                                                                  \
    {                                                                                              \
        next_##name##_type *next = NEXT_SINCE_START(name);                                         \
        return LIKELY(next && !pending_ever()) ? next arguments : name##_watched arguments;        \
    }

#define DEFINE_WATCHED(result, name, parameters, arguments)                                        \
    DEFINE_NOTED(pending_note_write_error, result, name, parameters, arguments)
/* Programs try these, and do without. */
#define DEFINE_TRIED(result, name, parameters, arguments)                                          \
    DEFINE_NOTED(pending_note_copy_error, result, name, parameters, arguments)

DEFINE_WATCHED(ssize_t, write, (int fd, const void *buffer, size_t length), (fd, buffer, length))
DEFINE_WATCHED(ssize_t, pwrite, (int fd, const void *buffer, size_t length, off_t offset),
               (fd, buffer, length, offset))
DEFINE_WATCHED(ssize_t, pwrite64, (int fd, const void *buffer, size_t length, off64_t offset),
               (fd, buffer, length, offset))
DEFINE_WATCHED(ssize_t, writev, (int fd, const struct iovec *vector, int count),
               (fd, vector, count))
DEFINE_WATCHED(ssize_t, pwritev, (int fd, const struct iovec *vector, int count, off_t offset),
               (fd, vector, count, offset))
DEFINE_WATCHED(ssize_t, pwritev64, (int fd, const struct iovec *vector, int count, off64_t offset),
               (fd, vector, count, offset))
DEFINE_WATCHED(ssize_t, pwritev2,
               (int fd, const struct iovec *vector, int count, off_t offset, int flags),
               (fd, vector, count, offset, flags))
DEFINE_WATCHED(ssize_t, pwritev64v2,
               (int fd, const struct iovec *vector, int count, off64_t offset, int flags),
               (fd, vector, count, offset, flags))
DEFINE_TRIED(ssize_t, sendfile, (int fd, int source, off_t *offset, size_t length),
             (fd, source, offset, length))
DEFINE_TRIED(ssize_t, sendfile64, (int fd, int source, off64_t *offset, size_t length),
             (fd, source, offset, length))
DEFINE_TRIED(ssize_t, copy_file_range,
             (int source, off64_t *source_offset, int fd, off64_t *offset, size_t length,
              unsigned flags),
             (source, source_offset, fd, offset, length, flags))
DEFINE_TRIED(ssize_t, splice,
             (int source, off64_t *source_offset, int fd, off64_t *offset, size_t length,
              unsigned flags),
             (source, source_offset, fd, offset, length, flags))
DEFINE_WATCHED(int, fsync, (int fd), (fd))
DEFINE_WATCHED(int, fdatasync, (int fd), (fd))

/* dprintf(3) writes inside libc, and keeps no stream that could be asked later. */

SLOW static int printed(int fd, int result)
{
    return (int)watched(fd, result, pending_note_write_error);
}

EXPORT int vdprintf(int fd, const char *format, va_list arguments)
{
    int result = NEXT(vdprintf)(fd, format, arguments);
    return LIKELY(!pending_ever()) ? result : printed(fd, result);
}

EXPORT int dprintf(int fd, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int result = vdprintf(fd, format, arguments);
    va_end(arguments);
    return result;
}

#ifdef __GLIBC__

/* What feature_test_macros(7) _FORTIFY_SOURCE makes of the same. */
EXPORT int __vdprintf_chk(int fd, int flag, const char *format, va_list arguments)
{
    int result = NEXT(__vdprintf_chk)(fd, flag, format, arguments);
    return LIKELY(!pending_ever()) ? result : printed(fd, result);
}

EXPORT int __dprintf_chk(int fd, int flag, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int result = __vdprintf_chk(fd, flag, format, arguments);
    va_end(arguments);
    return result;
}

DEFINE_WATCHED(ssize_t, __write, (int fd, const void *buffer, size_t length), (fd, buffer, length))
DEFINE_WATCHED(ssize_t, __pwrite64, (int fd, const void *buffer, size_t length, off64_t offset),
               (fd, buffer, length, offset))
#endif
