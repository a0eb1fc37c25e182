/*
 * The table behind pending.h: one byte a descriptor, and one entry a file.
 *
 * It is mapped at the first redirected open, so a process that never writes a protected file pays
 * nothing; pages are touched as they are used, so its size costs address space only.  fork(2) hands
 * the child an empty one (MADV_WIPEONFORK).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_PENDING_TABLE_H
#define OWNERONLY_PENDING_TABLE_H

#include "shim/writer/writer.h"

#include <stdatomic.h>
#include <stdio.h>

/* /proc/sys/fs/nr_open, as the kernel sets it: no process has a higher descriptor. */
#define PENDING_FD_MAX (1 << 20)

/* Files of one process pending at one moment; a slot fits in a byte, and 0 means none. */
#define PENDING_MAX 255

#define PENDING_FREE 0
#define PENDING_CLAIMED (-1) /* being filled or ended by one thread */

struct pending_entry {
    _Atomic int references; /* the process's descriptors, or one of the two above */
    _Atomic int error;      /* of a failed write: the file will be discarded (309) */
    _Atomic uint64_t key;   /* directory and name in one number */
    _Atomic(FILE *) stream;
    struct writer_file file;
};

struct pending_table {
    _Atomic pid_t owner;
    _Atomic int fd_limit; /* no descriptor from here on was ever tracked */
    struct pending_entry entries[PENDING_MAX];
    _Atomic uint8_t slot_of[PENDING_FD_MAX]; /* index into entries, plus one */
};

extern INTERNAL _Atomic(struct pending_table *) pending_table;

/* The calling process's table, or NULL if it has none. */
struct pending_table *table_own(void);

/* The same, made if need be: 0, or -ENOMEM, or -EBUSY in a vfork(2) child (306). */
int table_obtain(struct pending_table **table);

/* A free entry, now PENDING_CLAIMED, or NULL. */
struct pending_entry *table_claim(struct pending_table *table);

/* fd stands for entry from now on; -EMFILE if its number is too high. */
int table_track(struct pending_table *table, int fd, struct pending_entry *entry);

/* The entry that fd stands for, or NULL. */
struct pending_entry *table_find(struct pending_table *table, int fd);

/* The same, and fd stands for nothing any more: only one caller gets the entry. */
struct pending_entry *table_untrack(struct pending_table *table, int fd);

/* The lowest descriptor from `from` on that stands for anything, or -1. */
int table_next(struct pending_table *table, int from);

/* One more descriptor: false if the entry has been ended meanwhile. */
bool table_reference(struct pending_entry *entry);

/* One descriptor less: true for the last, and the entry is PENDING_CLAIMED. */
bool table_unreference(struct pending_entry *entry);

#endif
