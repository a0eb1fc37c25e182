/*
 * Streams of pending files.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/hooks/stream.h"
#include "shim/base/sys.h"
#include "shim/hooks/next.h"
#include "shim/pending/pending.h"

#include <stdint.h>
#include <string.h>

#ifdef __GLIBC__
/* As many characters of a mode are looked at. */
#define MODE_MAX 7
#else
#define MODE_MAX PTRDIFF_MAX
#endif

int stream_flags(const char *mode)
{
    int flags;
    switch (*mode) {
    case 'r':
        flags = O_RDONLY;
        break;
    case 'w':
        flags = O_WRONLY | O_CREAT | O_TRUNC;
        break;
    case 'a':
        flags = O_WRONLY | O_CREAT | O_APPEND;
        break;
    default:
        return -1;
    }
    const char *end = mode + strnlen(mode, MODE_MAX);
    for (const char *c = mode + 1; c < end; c++) {
        if (*c == '+')
            flags = (flags & ~O_ACCMODE) | O_RDWR;
        else if (*c == 'x')
            flags |= O_EXCL;
        else if (*c == 'e')
            flags |= O_CLOEXEC;
    }
    return flags;
}

/* Lets go of a descriptor that no stream could be made for, and of its file. */
static void abandon(int fd, int error)
{
    pending_mark_failed(fd, error);
    (void)pending_release(fd);
    sys_close(fd);
    errno = error;
}

/* As fopen(3): a stream that only appends begins at the end, and ftell(3) says so. */
static void go_to_end(int fd, int flags)
{
    if ((flags & O_APPEND) && (flags & O_ACCMODE) == O_WRONLY)
        (void)sys_call(SYS_lseek, fd, 0, SEEK_END, 0, 0);
}

/* Makes stream, of /dev/null until now, one of fd; fd is consumed. */
static FILE *attach(FILE *stream, int fd, int flags)
{
    go_to_end(fd, flags);
    int own = fileno(stream);
    if (NEXT(dup3)(fd, own, flags & O_CLOEXEC) < 0) {
        int error = errno;
        (void)NEXT(fclose)(stream);
        abandon(fd, error);
        return NULL;
    }
    pending_alias(fd, own);
    (void)pending_release(fd);
    sys_close(fd);
    pending_add_stream(own, stream);
    return stream;
}

/* The mode of a stream on a file that exists: without 'x', which /dev/null would not stand. */
static void mode_without_x(const char *mode, char *plain, size_t size)
{
    size_t length = 0;
    bool in_flags = true;
    for (; *mode && length + 1 < size; mode++) {
        if (*mode == ',')
            in_flags = false;
        if (!in_flags || *mode != 'x')
            plain[length++] = *mode;
    }
    plain[length] = '\0';
}

/*
 * fdopen(3) ignores ",ccs=", so the stream is made by fopen(3) on a file that has no content, and
 * then given the descriptor: which is moved away first, so that the stream gets the lowest (203).
 */
static FILE *open_converting(int fd, const char *mode, int flags)
{
    char plain[128];
    mode_without_x(mode, plain, sizeof plain);
    int moved = NEXT(fcntl)(fd, F_DUPFD_CLOEXEC, fd + 1);
    if (moved < 0) {
        abandon(fd, errno);
        return NULL;
    }
    pending_alias(fd, moved);
    (void)pending_release(fd);
    sys_close(fd);
    FILE *stream = NEXT(fopen)("/dev/null", plain);
    if (!stream) {
        abandon(moved, errno);
        return NULL;
    }
    return attach(stream, moved, flags);
}

FILE *stream_open(int fd, const char *mode, int flags)
{
    if (strchr(mode, ','))
        return open_converting(fd, mode, flags);
    go_to_end(fd, flags);
    FILE *stream = NEXT(fdopen)(fd, mode);
    if (stream)
        pending_add_stream(fd, stream);
    else
        abandon(fd, errno);
    return stream;
}

FILE *stream_reopen(FILE *stream, int fd, const char *mode)
{
    char plain[128];
    mode_without_x(mode, plain, sizeof plain);
    FILE *reopened = NEXT(freopen)("/dev/null", plain, stream);
    if (!reopened) {
        abandon(fd, errno);
        return NULL;
    }
    return attach(reopened, fd, stream_flags(mode));
}
