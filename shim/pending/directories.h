/*
 * The kept descriptors of directories (201), each shared by the files of its directory (211).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SHIM_PENDING_DIRECTORIES_H
#define OWNERONLY_SHIM_PENDING_DIRECTORIES_H

#include "shim/pending/table.h"

struct pending_directory {
    struct pool_link link; /* the next one in its bucket */
    uint32_t files;        /* entries that need it */
    int fd;                /* as writer_file.directory */
    struct writer_id id;
};

/*
 * entry's file.directory is shared from now on: with what is kept of that directory already, if it
 * is still open.  Without memory for that, it stays entry's alone.  Without the lock.
 */
void directories_join(struct pending_table *table, struct pending_entry *entry);

/* Before the file is published: file.directory as it is now.  Under the lock. */
void directories_update(struct pending_table *table, struct pending_entry *entry);

/* entry ends.  file.directory is what is to be closed with it, or -1.  Under the lock. */
void directories_leave(struct pending_table *table, struct pending_entry *entry);

/* For a fork(2) child: nothing is needed; this entry's is; the others are closed. */
void directories_forget(struct pending_table *table);
void directories_adopt(struct pending_table *table, struct pending_entry *entry);
void directories_close_unused(struct pending_table *table);

#endif
