/*
 * Hooks of fflush(3) and clearerr(3).
 *
 * Streams write inside libc, past every hook.  A stream that failed says so until it ends, and is
 * asked then; but a shell clears its standard output's error after each command, and goes on (309).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/hooks/next.h"
#include "shim/pending/pending.h"

static void note_error(FILE *stream, int error)
{
    if (!stream || !pending_ever())
        return;
    int saved = errno;
    int fd = fileno_unlocked(stream);
    errno = saved;
    pending_note_error(fd, error);
}

static inline int watched(FILE *stream, int result)
{
    if (__builtin_expect(result != 0, 0))
        note_error(stream, errno);
    return result;
}

/* Nobody knows any more what the error was. */
static inline void ask(FILE *stream)
{
    if (ferror_unlocked(stream))
        note_error(stream, EIO);
}

EXPORT int fflush(FILE *stream)
{
    return watched(stream, NEXT(fflush)(stream));
}

EXPORT int fflush_unlocked(FILE *stream)
{
    return watched(stream, NEXT(fflush_unlocked)(stream));
}

EXPORT void clearerr(FILE *stream)
{
    ask(stream);
    NEXT(clearerr)(stream);
}

EXPORT void clearerr_unlocked(FILE *stream)
{
    ask(stream);
    NEXT(clearerr_unlocked)(stream);
}
