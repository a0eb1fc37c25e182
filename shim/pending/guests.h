/*
 * Guests: processes that hold a descriptor of a pending file which another one opened (306, 307).
 *
 * A guest never publishes or discards; it counts, if the file is its standard output or error, or
 * it has written to it.  What goes wrong with a guest that counts is told on three ways, each of
 * which needs nobody's help:
 *
 *     by itself         a write that failed is marked on the inode              writer/marks.h
 *     by its parent     who reaps it learns that it was killed: the opener      statements.h
 *                       remembers it, a guest marks it on the inode
 *     by its last image what its descriptors stand for goes along in the        guest_records.h
 *                       environment, to be a guest there as well
 *
 * Everything here is async-signal-safe and leaves errno alone.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SHIM_PENDING_GUESTS_H
#define OWNERONLY_SHIM_PENDING_GUESTS_H

#include "shim/base/compiler.h"
#include "shim/pending/pending.h"

/* True in every process that is a guest of a file; may be true in others. */
extern INTERNAL _Atomic bool guests_is_guest;

/* In the child of a fork(2), before anything else. */
void guests_forked(void);

/* A child was reaped; killed: by a signal. */
void guests_child_ended(pid_t pid, bool killed);

/* The same of a shell that libc started, and reaped, by itself: system(3), pclose(3). */
void guests_shell_killed(void);

/*
 * posix_spawn(3) made a child, which runs its program by now.  assumed: which descriptors of this
 * process became its standard output and error, if that can't be seen any more; or -1.  loads: has
 * the program the library?
 */
void guests_spawned(pid_t pid, const int assumed[2], bool loads);

/* This process is about to execute another program, also in a vfork(2) child. */
void guests_before_exec(bool loads);

/* fd is of a guest: did the opener leave the file to it (307)? */
bool guests_was_left(struct pending_table *table, int fd);

/*
 * The same of a guest that is about to execute another program, if its parent, who would look at
 * the file later, does not hold it as well.
 */
bool guests_leave_to_next(struct pending_table *table, int fd);

/* The file is condemned by what happened to a guest, this process or another.  Under the lock. */
void guests_condemn(struct pending_entry *entry, int error, const char *reason);

/* fd was written to, successfully. */
void guests_wrote(int fd);

/* Is this the child of a fork that no hook saw, _Fork(3) or clone(2), and nobody noticed yet? */
bool guests_is_unnoticed(void);

static inline void guests_note_written(int fd)
{
    if (pending_tracks(fd) &&
        (atomic_load_explicit(&guests_is_guest, memory_order_relaxed) || guests_is_unnoticed()))
        guests_wrote(fd);
}

/* entry's descriptors are others than before.  Under the lock. */
void guests_restate(struct pending_table *table, const struct pending_entry *entry);

#endif
