/*
 * Streams of pending files: what stdio still holds back belongs into the file (302, 309).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/pending/entry.h"
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

static void mark_failed_inside(struct pending_entry *entry, int fd)
{
    if (atomic_load(&entry->error) == 0)
        entry_mark_failed(entry, errno_of_failed(fd));
}

void pending_note_stream_error(FILE *stream)
{
    int fd = fd_of(stream);
    struct pending_table *table = table_own();
    struct pending_entry *entry = table ? table_find(table, fd) : NULL;
    if (entry)
        mark_failed_inside(entry, fd);
}

/* What stream could not write, now or earlier, spoils the file. */
static void flush_locked(struct pending_entry *entry, FILE *stream)
{
    int saved = errno;
    if (fflush_unlocked(stream) != 0)
        entry_mark_failed(entry, errno);
    else if (ferror_unlocked(stream))
        mark_failed_inside(entry, fd_of(stream));
    errno = saved;
}

void pending_flush(int fd, FILE *stream)
{
    struct pending_table *table = table_own();
    struct pending_entry *entry = table ? table_find(table, fd) : NULL;
    if (!entry)
        return;
    flockfile(stream);
    flush_locked(entry, stream);
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
static void flush_at_end(struct pending_entry *entry, FILE *stream)
{
    if (ftrylockfile(stream) != 0) {
        entry_mark_failed(entry, EBUSY);
        return;
    }
    flush_locked(entry, stream);
    funlockfile(stream);
}

void entry_flush(struct pending_entry *entry)
{
    FILE *stream = atomic_exchange(&entry->stream, NULL);
    if (stream)
        flush_at_end(entry, stream);
}

static void flush_standard(FILE *stream)
{
    struct pending_table *table = pending_ever() ? table_own() : NULL;
    struct pending_entry *entry = table ? table_find(table, fd_of(stream)) : NULL;
    if (entry)
        flush_at_end(entry, stream);
}

void pending_flush_standard(void)
{
    flush_standard(stdout);
    flush_standard(stderr);
}

/* only_streams: leave alone what no stream is known of. */
static void release_flushed(bool only_streams)
{
    struct pending_table *table = pending_ever() ? table_own() : NULL;
    for (int fd = table ? table_next(table, 0) : -1; fd >= 0; fd = table_next(table, fd + 1)) {
        struct pending_entry *entry = table_find(table, fd);
        if (!entry || (only_streams && !atomic_load(&entry->stream)))
            continue;
        entry_flush(entry);
        (void)pending_release(fd);
    }
}

void pending_finish(void)
{
    release_flushed(false);
}

void pending_finish_streams(void)
{
    release_flushed(true);
}
