/*
 * One entry of the table from its start to its end: what the files of this layer share.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_PENDING_ENTRY_H
#define OWNERONLY_PENDING_ENTRY_H

#include "shim/pending/table.h"

/* entry->file is filled in, and one descriptor stands for it. */
void entry_start(struct pending_entry *entry);

/* Does another entry stand for the same name (106)? */
bool entry_has_twin(struct pending_table *table, const struct pending_entry *entry);

/* Closes what the entry holds, and frees it. */
void entry_end(struct pending_entry *entry);

/* Whatever happens further: the file will be discarded, with this errno.  The first one stays. */
void entry_mark_failed(struct pending_entry *entry, int error);

/* Writes out what the entry's stream holds back, if it has one (302). */
void entry_flush(struct pending_entry *entry);

/* One line in the log. */
void entry_report(const struct pending_entry *entry, const char *action, int result);

/* One line for the report only: what has no other line behind it was never finished. */
void entry_report_beginning(const struct pending_entry *entry);

#endif
