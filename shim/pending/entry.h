/*
 * One entry of the table from its start to its end: what the files of this layer share.
 *
 * Under a guard, like everything that changes the table; the functions take its lock themselves.
 * Only entry_with() enters the guard, too.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SHIM_PENDING_ENTRY_H
#define OWNERONLY_SHIM_PENDING_ENTRY_H

#include "shim/pending/table.h"

/* A free entry, which is now BEGINNING, or NULL without memory. */
struct pending_entry *entry_claim(struct pending_table *table);

/*
 * entry->file is filled in, and others may know of it: by its name, and its directory is shared.
 * -EEXIST if it is exclusive and its name is pending already (106).
 */
int entry_register(struct pending_table *table, struct pending_entry *entry);

/*
 * fd is new: if it stands for anything, the program closed it behind the library's back, and got
 * its number again.  What was lost by that is discarded.
 */
void entry_forget(struct pending_table *table, int fd);

/* fd stands for entry, which is OPEN.  -EMFILE if its number is too high. */
int entry_track(struct pending_table *table, struct pending_entry *entry, int fd);

/* `copy` stands for what fd stands for. */
void entry_alias(struct pending_table *table, int fd, int copy);

/*
 * fd stands for nothing any more.  Returns the entry if that was its last descriptor, and it is to
 * be ended: ENDING, with its file ready for the writer; else NULL.
 */
struct pending_entry *entry_release(struct pending_table *table, int fd);

/*
 * The same; *kept becomes a duplicate of that last descriptor, made while it still stood for the
 * file, or -1.  It is the caller's to close.
 */
struct pending_entry *entry_release_keeping(struct pending_table *table, int fd, int *kept);

/* The same for all descriptors of what fd stands for, at once. */
struct pending_entry *entry_release_all(struct pending_table *table, int fd, int *kept);

/*
 * finish.c: ends what entry_release() returned for fd, which is still open: publishes or discards
 * the file (3xx).  Returns 0, or the error that the program's call fails with.
 */
int entry_finish(struct pending_table *table, struct pending_entry *entry, int fd);

/*
 * finish.c: the same of what fd and all its duplicates stand for, or nothing: none does afterwards.
 * They stay open, and other threads may close them meanwhile.
 */
int entry_finish_all(struct pending_table *table, int fd);

/* finish.c: the same of fd alone, at the end of the process, which closes it unless it was the
 * last. */
void entry_finish_at_end(struct pending_table *table, int fd);

/*
 * finish.c: publishes the file that fd stands for although it is written further: promise 3 is
 * given up for it, and the log says why (208, 304).  No descriptor stands for it afterwards.
 * WRITER_COMPLETE: a content that is not whole is refused all the same (310).  0 or -errno.
 */
int entry_publish_while_open(struct pending_table *table, int fd,
                             enum writer_completeness completeness, enum writer_left_to left_to,
                             const char *reason);

/*
 * Under the lock: the latest entry of this name that is OPEN, or NULL.  Where only what another
 * thread is just ending has the name, that is waited for, without the lock: afterwards it stands
 * under the name, or never will.
 */
struct pending_entry *entry_find_open(struct pending_table *table,
                                      const struct writer_id *directory, const char *name);

/* Closes what the entry holds, and frees it. */
void entry_end(struct pending_table *table, struct pending_entry *entry);

/* Returns when other threads have ended what they were ending.  Not under a guard. */
void entry_wait_for_endings(struct pending_table *table);

/* What is done to an entry, under the lock. */
typedef void entry_change(struct pending_entry *entry, void *argument);

/* Does it to the entry that fd stands for; false if fd stands for nothing.  Enters the guard. */
bool entry_with(int fd, entry_change *change, void *argument);

/* The file will be discarded, with this errno; the first failure stays.  Under the lock. */
void entry_mark_failed(struct pending_entry *entry, int error);

/* One line in the log. */
void entry_report(const struct writer_file *file, const char *action, int result);

/* One line for the report only: what has no other line behind it was never finished. */
void entry_report_beginning(const struct writer_file *file);

#endif
