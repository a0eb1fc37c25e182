/*
 * Streams of pending files: what stdio still holds back belongs into the file (302, 309).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/pending/errors.h"
#include "shim/pending/pending.h"

#include <linux/falloc.h>

static int fd_of(FILE *stream)
{
    int saved = errno;
    int fd = fileno_unlocked(stream);
    errno = saved;
    return fd;
}

/*
 * The stream failed inside libc, where nobody could see why: what would a write of one byte more
 * say?  Asked without writing it.  The limit first, which would send SIGXFSZ: setrlimit(2).
 */
static int errno_of_failed(int fd)
{
    struct statx status;
    struct rlimit64 limit;
    if (sys_fstat(fd, &status) < 0)
        return EIO;
    if (sys_getrlimit(RLIMIT_FSIZE, &limit) == 0 && status.stx_size >= limit.rlim_cur)
        return EFBIG;
    int result = sys_fallocate(fd, FALLOC_FL_KEEP_SIZE, status.stx_size, status.stx_blksize);
    return result < 0 && error_spoils_copy(-result) ? -result : EIO;
}

void pending_note_stream_error(FILE *stream)
{
    int fd = fd_of(stream);
    if (pending_tracks(fd))
        pending_mark_failed(fd, errno_of_failed(fd));
}

/* What stream could not write, now or earlier, spoils the file. */
static void flush_locked(int fd, FILE *stream)
{
    int saved = errno;
    if (fflush_unlocked(stream) != 0)
        pending_mark_failed(fd, errno);
    else if (ferror_unlocked(stream))
        pending_mark_failed(fd, errno_of_failed(fd));
    errno = saved;
}

void pending_flush(int fd, FILE *stream)
{
    if (!pending_is_own(fd))
        return;
    flockfile(stream);
    flush_locked(fd, stream);
    funlockfile(stream);
}

void pending_flush_before_rewind(FILE *stream)
{
    pending_flush(fd_of(stream), stream);
}

/*
 * At the end of a process other threads may be in the middle of a write, and a signal handler may
 * have interrupted one: waiting for their lock could last forever.  What they hold is then
 * incomplete.
 */
static void flush_at_end(int fd, FILE *stream)
{
    if (ftrylockfile(stream) != 0) {
        pending_mark_failed(fd, EBUSY);
        return;
    }
    flush_locked(fd, stream);
    funlockfile(stream);
}

void pending_flush_kept(int fd)
{
    FILE *stream = pending_take_stream(fd);
    if (stream)
        flush_at_end(fd, stream);
}

static void flush_standard(FILE *stream)
{
    int fd = pending_ever() ? fd_of(stream) : -1;
    if (pending_is_own(fd))
        flush_at_end(fd, stream);
}

void pending_flush_standard(void)
{
    flush_standard(stdout);
    flush_standard(stderr);
}

void pending_finish(void)
{
    for (int fd = pending_next(0); fd >= 0; fd = pending_next(fd + 1)) {
        pending_flush_kept(fd);
        (void)pending_release(fd);
    }
}

/* What no stream is known of is left alone. */
void pending_finish_streams(void)
{
    for (int fd = pending_next(0); fd >= 0; fd = pending_next(fd + 1)) {
        FILE *stream = pending_take_stream(fd);
        if (!stream)
            continue;
        flush_at_end(fd, stream);
        (void)pending_release(fd);
    }
}
