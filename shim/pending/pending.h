/*
 * Pending files: which descriptors of this process stand for which unpublished file.
 *
 * The process that opened a file publishes it when it lets go of its last descriptor for it.  A
 * fork(2) child is a guest: it knows what its descriptors stand for, and neither publishes nor
 * discards.  A vfork(2) child shares its parent's memory, and changes nothing in it (306).
 *
 * The states of an entry, and what makes the transitions, are listed in table.h.
 *
 * No allocation, errno untouched, async-signal-safe; threads may call everything at any time.
 * Whatever takes a lock does so with all signals blocked (base/guard.h), so nobody ever waits for
 * what he has interrupted.  Functions return -errno on failure.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SHIM_PENDING_PENDING_H
#define OWNERONLY_SHIM_PENDING_PENDING_H

#include "shim/pending/table.h"

#include <stdio.h>

/* Does fd stand for a pending file?  Two loads, also when nothing was ever redirected. */
static inline bool pending_tracks(int fd)
{
    struct pending_table *table = atomic_load_explicit(&pending_table, memory_order_acquire);
    return table && (unsigned)fd < PENDING_FD_MAX &&
           atomic_load_explicit(&table->entry_of[fd], memory_order_relaxed) != 0;
}

/* Was anything ever redirected in this process?  If not, no descriptor needs to be looked at. */
static inline bool pending_ever(void)
{
    return atomic_load_explicit(&pending_table, memory_order_relaxed) != NULL;
}

/* Has an open of this process ever followed a link?  Then one may lead to what is pending. */
extern INTERNAL _Atomic bool pending_follows;

/*
 * A redirected open: see writer_begin() for directory (consumed), name, flags and rule; mode: as
 * for open(2), where it creates the file, which is never wider then (403). Returns the program's
 * descriptor.  Refusals are logged here.
 */
int pending_open(int directory, const char *name, int flags, mode_t mode,
                 const struct policy_rule *rule);

/* What fcntl(2) says of fd's flags, as they were asked for (203); shown: not negative. */
int pending_shown_flags(int fd, int shown);

/*
 * The program lets go of fd, which is still open: to be called before it is closed or reused.
 * Returns 0, or the error of publishing or discarding if this was the last one (301, 309, 310).
 */
int pending_release(int fd);

/* The same for all from first to last; the first error. */
int pending_release_range(unsigned first, unsigned last);

/* The same for all, at the end of the process: those that are not the last of a file are closed. */
void pending_release_at_end(void);

/*
 * Other threads may be in the middle of a release: returns when those are done.  For the end of the
 * process, which would otherwise cut them short.
 */
void pending_wait_for_endings(void);

/* `copy` is now a duplicate of fd. */
void pending_alias(int fd, int copy);

/* A call that writes data to fd failed: write(2) and its kin, fsync(2) (309, see errors.h). */
void pending_note_write_error(int fd, int error);

/* The same for copy_file_range(2), sendfile(2) and splice(2). */
void pending_note_copy_error(int fd, int error);

/* stream says that it failed, inside libc, and is about to forget it: clearerr(3), rewind(3). */
void pending_note_stream_error(FILE *stream);

/* Whatever happens further: the file behind fd will be discarded, with this errno. */
void pending_mark_failed(int fd, int error);

/* Has this process a table of its own?  A vfork(2) child has not. */
bool pending_has_table(void);

/*
 * The table's lock, for what a hook remembers beside it, and the guard: no lock of another thread's
 * is found in the child of a fork(2).  False in a vfork(2) child, which changes nothing (306).
 */
bool pending_lock(void);
void pending_unlock(void);

/* Does nothing but fd stand for the file behind it? */
bool pending_is_last(int fd);

/* Is the file behind fd pending, and this process its opener? */
bool pending_is_own(int fd);

/* The lowest descriptor from `from` on that stands for a pending file, or -1. */
int pending_next(int from);

/*
 * stream writes to fd, and may hold back what must be written before the file is published; until
 * fd is released.  A file of more streams than can be remembered is condemned: nobody would know
 * what they hold.
 */
void pending_add_stream(int fd, FILE *stream);

/* Writes out what the streams of the file behind fd hold back (302). */
void pending_flush_kept(int fd);

/* The same, but what other threads are just writing, before it is published and written further. */
void pending_flush_free(int fd);

/* Writes out what stream holds back; its failures condemn the file (309). */
void pending_flush(int fd, FILE *stream);

/* The same for rewind(3), which tells nobody that they failed. */
void pending_flush_before_rewind(FILE *stream);

/*
 * The process ends by exit(3): what libc would flush afterwards is flushed, and everything that is
 * the process's own is published (302).
 */
void pending_finish_at_exit(void);

/*
 * The process ends by _exit(2) or quick_exit(3), maybe in a signal handler in the middle of a call
 * of stdio: no stream is touched.  Everything is published but what a stream holds something of.
 */
void pending_finish_at_once(void);

/* fcloseall(3): flushes and publishes the files of streams only. */
void pending_finish_streams(void);

#endif
