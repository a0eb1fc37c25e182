/*
 * The table behind pending.h: which descriptor stands for which entry, and the entries by name.
 *
 * It is mapped at the first redirected open, so a process that never writes a protected file pays
 * nothing; pages are touched as they are used, so its size costs address space only.
 *
 * Everybody asks pending_tracks() without a lock.  All else happens under a guard (base/guard.h),
 * and what reads or changes the table also under its lock, which is held for moments: never while
 * a file is begun or published.
 *
 * Whose is it?  fork(2) copies the table and vfork(2) shares it.  A page of its own tells the two
 * apart: the kernel wipes it in the child of a fork (MADV_WIPEONFORK), which then adopts what it
 * finds, as a guest, and has a lock that nobody holds.  The child of a vfork finds its parent's
 * page as it was, and changes nothing (306).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SHIM_PENDING_TABLE_H
#define OWNERONLY_SHIM_PENDING_TABLE_H

#include "shim/base/compiler.h"
#include "shim/base/lock.h"
#include "shim/pending/pool.h"
#include "shim/writer/writer.h"

#include <stdatomic.h>
#include <stdio.h>

/*
 * Descriptors from here on are not tracked.  No process has one unless /proc/sys/fs/nr_open was
 * raised (proc_sys_fs(5)): an open that gets such a number fails with EMFILE then.
 */
#define PENDING_FD_MAX (1 << 20)

/* Streams of one file at one moment (302). */
#define PENDING_STREAMS_MAX 4

#define PENDING_BUCKETS (1 << 14)
#define PENDING_DIRECTORY_BUCKETS (1 << 10)
#define PENDING_NAME_COUNTS (1 << 10)

/* clang-format off */
/*
 * The life of an entry: what is valid in each state, and who makes which transition.
 *
 *   FREE       nothing
 *     entry_claim()       -> BEGINNING
 *   BEGINNING  file, once writer_begin() has filled it in; the opening thread's alone
 *     entry_register()    from here on others find it by name, so that O_EXCL is refused (106)
 *     table_track()       of its first descriptor -> OPEN
 *     entry_end()         nothing is pending: it failed, went in place, or joined -> FREE
 *   OPEN       file, directory, and at least one descriptor; whoever holds the lock may read it
 *     table_untrack()     of its last descriptor, or table_untrack_all() -> ENDING
 *   ENDING     the same without a descriptor; the ending thread's alone, which publishes or discards
 *              the file; others still find it by name, and wait for its end: entry_find_open()
 *     entry_end()         -> FREE
 *
 * A fork(2) child makes OPEN entries of its parent its own as a GUEST (table_own()), and all others
 * FREE: the parent ends those.
 */
/* clang-format on */
enum pending_state { PENDING_FREE, PENDING_BEGINNING, PENDING_OPEN, PENDING_ENDING };

enum pending_role {
    PENDING_OPENER, /* publishes the file, or discards it */
    PENDING_GUEST   /* neither: another process is the opener (306), but see 307 */
};

struct pending_entry {
    struct pool_link link; /* while it has a name: the next entry in its bucket */
    uint32_t number;       /* its own, in the pool */
    enum pending_state state;
    enum pending_role role;
    bool has_name;      /* it is found by directory and name */
    uint32_t hash;      /* of these two */
    uint32_t directory; /* in the pool of kept directories, or 0 */
    int descriptors;    /* of this process that stand for it */
    int first_fd;       /* the latest of them, or -1; see pending_table.next_fd */
    const void *ender;  /* while it is ENDING: the thread that ends it, see guard_thread() */
    uint32_t begun_end; /* while it is ENDING: of all endings, the how many'th, see table_is_by() */
    uint32_t named;     /* of all that got a name, the how many'th, likewise */
    bool wrote;         /* of a guest: it is known to have written to it (306) */
    int error;          /* of a failed write: the file will be discarded (309); or 0 */
    FILE *streams[PENDING_STREAMS_MAX]; /* which may hold data back (302), the latest last */
    unsigned copied; /* a bit for each of these that is the parent's, in a fork(2) child */
    bool withdrawn;  /* its name was unlinked: it ends without a trace, and no error (208) */
    struct writer_file file;
};

/* Wiped in the child of a fork(2). */
struct pending_canary {
    _Atomic pid_t owner;
    pid_t parent; /* of the owner, when it made the table */
    struct lock lock;
};

/* Some thread waits for what is ending; never taken back. */
#define PENDING_AWAITED 0x80000000U

struct pending_table {
    _Atomic(struct pending_canary *) canary;
    _Atomic int open;            /* entries that are */
    _Atomic uint32_t ending;     /* entries that are, and PENDING_AWAITED: a futex(2) */
    _Atomic uint32_t ended;      /* how often one did, round and round */
    _Atomic uint32_t begun_ends; /* how many endings have begun, round and round */
    _Atomic uint32_t namings;    /* how many entries got a name, likewise */
    _Atomic int fd_limit;        /* no descriptor from here on was ever tracked */
    struct pool entries;
    struct pool directories;
    uint32_t named[PENDING_BUCKETS];                     /* entries by name */
    _Atomic uint32_t name_counts[PENDING_NAME_COUNTS];   /* of them, whatever their directory */
    uint32_t directory_heads[PENDING_DIRECTORY_BUCKETS]; /* kept directories by identity */
    _Atomic uint32_t entry_of[PENDING_FD_MAX];           /* number of the entry, or 0 */
    int32_t next_fd[PENDING_FD_MAX];                     /* of the same entry, or -1 */
    int32_t previous_fd[PENDING_FD_MAX];
};

extern INTERNAL _Atomic(struct pending_table *) pending_table;

/* All of these: under a guard. */

/* The calling process's table, or NULL if it has none: also in a vfork(2) child. */
struct pending_table *table_own(void);

/* The same, made if need be: 0, or -ENOMEM, or -EBUSY in a vfork(2) child (306). */
int table_obtain(struct pending_table **table);

void table_lock(struct pending_table *table);
void table_unlock(struct pending_table *table);

/* The following ones: under the lock. */

/* fd stands for entry from now on, and for nothing else: what it stood for must be untracked. */
void table_track(struct pending_table *table, int fd, struct pending_entry *entry);

/* The entry that fd stands for, or NULL. */
struct pending_entry *table_find(struct pending_table *table, int fd);

/* fd stands for nothing any more.  The entry if this was its last: it is ENDING; else NULL. */
struct pending_entry *table_untrack(struct pending_table *table, int fd);

/* No descriptor stands for entry any more, and it is ENDING. */
void table_untrack_all(struct pending_table *table, struct pending_entry *entry);

/* Was this one counted by the time that the count was `last`?  They go round and round. */
static inline bool table_is_by(uint32_t one, uint32_t last)
{
    return (int32_t)(one - last) <= 0;
}

/* Is no entry OPEN or ENDING?  Needs no lock. */
static inline bool table_is_empty(struct pending_table *table)
{
    return atomic_load(&table->open) == 0 && (atomic_load(&table->ending) & ~PENDING_AWAITED) == 0;
}

/* The lowest descriptor from `from` on that stands for anything, or -1.  Needs no lock. */
int table_next(struct pending_table *table, int from);

/* The latest entry of this name, or NULL; `after`: the one before that one, or NULL to begin. */
struct pending_entry *table_find_name(struct pending_table *table,
                                      const struct writer_id *directory, const char *name,
                                      const struct pending_entry *after);

/* May an entry have this name, in whatever directory?  Needs neither lock nor guard. */
bool table_may_have_name(struct pending_table *table, const char *name);

void table_add_name(struct pending_table *table, struct pending_entry *entry);
void table_remove_name(struct pending_table *table, struct pending_entry *entry);

#endif
