/*
 * Hooks of fflush(3), clearerr(3) and rewind(3).
 *
 * Streams write inside libc, past every hook.  A stream that failed says so until it ends, and is
 * asked then; but a shell clears its standard output's error after each command, and goes on (309).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/hooks/hook.h"
#include "shim/pending/guests.h"

SLOW static void flush_failed(FILE *stream, int error)
{
    if (!stream || !pending_ever())
        return;
    int fd = fileno_unlocked(stream);
    errno = error;
    pending_note_write_error(fd, error);
}

/* A guest that flushes something has written it. */
SLOW static void flushed(FILE *stream)
{
    int saved = errno;
    int fd = stream ? fileno_unlocked(stream) : -1;
    errno = saved;
    guests_note_written(fd);
}

static int watched(FILE *stream, int result)
{
    if (result != 0)
        flush_failed(stream, errno);
    else
        flushed(stream);
    return result;
}

/* Nobody can ask the stream any more after this. */
static inline void ask(FILE *stream)
{
    if (ferror_unlocked(stream) && pending_ever())
        pending_note_stream_error(stream);
}

#define DEFINE_FLUSH(name)                                                                         \
    SLOW static int name##_slow(FILE *stream)                                                      \
    {                                                                                              \
        return watched(stream, NEXT(name)(stream));                                                \
    }                                                                                              \
    EXPORT int name(FILE *stream)                                                                  \
    {                                                                                              \
        next_##name##_type *next = NEXT_SINCE_START(name);                                         \
        return LIKELY(next && !pending_ever()) ? next(stream) : name##_slow(stream);               \
    }

DEFINE_FLUSH(fflush)
DEFINE_FLUSH(fflush_unlocked)

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

/* It flushes, and forgets what came of that as well. */
EXPORT void rewind(FILE *stream)
{
    if (pending_ever())
        pending_flush_before_rewind(stream);
    NEXT(rewind)(stream);
}
