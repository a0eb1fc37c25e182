/*
 * Streams of pending files: what stdio still holds back belongs into the file (302, 309).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/base/sys_process.h"
#include "shim/pending/entry.h"
#include "shim/pending/errors.h"
#include "shim/pending/pending.h"

#include <linux/falloc.h>
#include <stdio_ext.h>
#include <string.h>

static void add_stream(struct pending_entry *entry, void *stream)
{
    for (int i = 0; i < PENDING_STREAMS_MAX; i++) {
        if (!entry->streams[i]) {
            entry->streams[i] = stream;
            entry->copied &= ~(1U << i);
            return;
        }
    }
    entry_mark_failed(entry, EMFILE);
}

void pending_add_stream(int fd, FILE *stream)
{
    (void)entry_with(fd, add_stream, stream);
}

static void take_stream(struct pending_entry *entry, void *stream)
{
    for (int i = PENDING_STREAMS_MAX - 1; i >= 0 && !*(FILE **)stream; i--) {
        *(FILE **)stream = entry->streams[i];
        entry->streams[i] = NULL;
    }
}

/* One of the streams of the file behind fd, the latest first, or NULL; it is forgotten. */
static FILE *take_latest_stream(int fd)
{
    FILE *stream = NULL;
    (void)entry_with(fd, take_stream, &stream);
    return stream;
}

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
    struct statx status = {0}; /* for clang-tidy, which does not see what asm writes */
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
    if (!pending_tracks(fd))
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
 * At the end of a process other threads may be in the middle of a write: waiting for their lock
 * could last forever.  What they hold is then incomplete.
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

static void copy_streams(struct pending_entry *entry, void *streams)
{
    memcpy(streams, entry->streams, sizeof entry->streams);
}

/* What another thread is just writing comes later, into the same file. */
static void flush_if_free(int fd, FILE *stream)
{
    if (ftrylockfile(stream) != 0)
        return;
    flush_locked(fd, stream);
    funlockfile(stream);
}

/* Looks, and touches nothing. */
static bool holds_back(FILE *stream)
{
#ifdef __GLIBC__
    /*
     * Is it in the middle of a call, of another thread or of this one?  The lock's first word,
     * since glibc 2.3 (struct_FILE.h shows where): ftrylockfile(3) would let this thread in.
     */
    if (__atomic_load_n((int *)stream->_lock, __ATOMIC_ACQUIRE) != 0)
        return true;
#endif
    return __fpending(stream) > 0;
}

static void mark_held_back(struct pending_entry *entry, void *unused)
{
    (void)unused;
    if (entry->error == 0)
        entry->file.reason = "a stream held something of it back when the process ended";
    entry_mark_failed(entry, ECANCELED);
}

static void ask_at_end(int fd, FILE *stream)
{
    if (holds_back(stream))
        (void)entry_with(fd, mark_held_back, NULL);
}

typedef void stream_act(int fd, FILE *stream);

/* The last one first, as libc does it: two streams of one descriptor may both hold something. */
static bool take_streams(int fd, stream_act *act)
{
    bool any = false;
    for (FILE *stream; (stream = take_latest_stream(fd)); any = true)
        act(fd, stream);
    return any;
}

void pending_flush_kept(int fd)
{
    (void)take_streams(fd, flush_at_end);
}

/* None is forgotten: the file may stay pending. */
void pending_flush_free(int fd)
{
    FILE *streams[PENDING_STREAMS_MAX] = {NULL};
    (void)entry_with(fd, copy_streams, streams);
    for (int i = PENDING_STREAMS_MAX - 1; i >= 0; i--)
        if (streams[i])
            flush_if_free(fd, streams[i]);
}

/* Standard streams are nobody's: any descriptor may have become theirs. */
static void with_standard(FILE *stream, stream_act *act)
{
    int fd = fd_of(stream);
    if (pending_tracks(fd))
        act(fd, stream);
}

static void finish(stream_act *act)
{
    if (!pending_has_table())
        return;
    for (int fd = pending_next(0); fd >= 0; fd = pending_next(fd + 1))
        (void)take_streams(fd, act);
    with_standard(stderr, act);
    with_standard(stdout, act);
    pending_release_at_end();
    pending_wait_for_endings();
}

void pending_finish_at_exit(void)
{
    finish(flush_at_end);
}

/* What a fork(2) child has a copy of is held back by its parent. */
static void forget_copies(struct pending_entry *entry, void *unused)
{
    (void)unused;
    for (int i = 0; i < PENDING_STREAMS_MAX; i++)
        if (entry->copied & 1U << i)
            entry->streams[i] = NULL;
}

void pending_finish_at_once(void)
{
    for (int fd = pending_next(0); fd >= 0; fd = pending_next(fd + 1))
        (void)entry_with(fd, forget_copies, NULL);
    finish(ask_at_end);
}

/* What no stream is known of is left alone. */
void pending_finish_streams(void)
{
    for (int fd = pending_next(0); fd >= 0; fd = pending_next(fd + 1))
        if (take_streams(fd, flush_at_end))
            (void)pending_release(fd);
}
