/*
 * Who counts: which processes have which pending file as their standard output or error, or have
 * written to it (306).
 *
 * One page that a process which opens a file shares with all that it forks, also by vfork(2).  Who
 * comes to count, or ceases to, says so there while he lives; when he is reaped, his parent can't
 * ask any more.  execve(2) takes the page away, but not what was said; the next image has one of
 * its own for its own children.
 *
 * No lock: other processes share it, and any of them may be killed at any moment.  A statement that
 * finds no room is not made, and its process does not count.  Errno untouched; async-signal-safe;
 * usable in a vfork(2) child.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SHIM_PENDING_STATEMENTS_H
#define OWNERONLY_SHIM_PENDING_STATEMENTS_H

#include "shim/writer/writer.h"

/* From now on there is a page, if there is memory for one. */
void statements_begin(void);

enum statement_kind {
    STATEMENT_NONE,   /* does not count */
    STATEMENT_COUNTS, /* counts, and has the library */
    STATEMENT_WITHOUT /* counts, and has not */
};

/* What is to be said of process pid and this file. */
void statements_set(pid_t pid, const struct writer_id *id, enum statement_kind kind);

/* Nothing is known of pid any more: it was reaped. */
void statements_forget(pid_t pid);

/*
 * The files that pid counts for, one after the other: *cursor begins as 0.  False at the end.
 */
bool statements_next(pid_t pid, int *cursor, struct writer_id *id);

/* What was said of other processes that live; the best for the file.  A zombie lives. */
enum statement_kind statements_of_others(const struct writer_id *id);

#endif
