/*
 * Streams of pending files: what stdio still holds back belongs into the file (302, 309).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/pending/entry.h"
#include "shim/pending/pending.h"

/* What stream could not write, now or earlier, spoils_the_file the file. */
static void flush_locked(struct pending_entry *entry, FILE *stream)
{
    int saved = errno;
    if (fflush_unlocked(stream) != 0)
        entry_mark_failed(entry, errno);
    else if (ferror_unlocked(stream))
        entry_mark_failed(entry, EIO); /* it failed inside libc, where nobody could see why */
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
    int saved = errno;
    struct pending_entry *entry = table ? table_find(table, fileno_unlocked(stream)) : NULL;
    errno = saved;
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
