/*
 * The table behind pending.h, free of locks.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/pending/table.h"

#include <sys/mman.h>

#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18 /* since Linux 4.14 */
#endif

_Atomic(struct pending_table *) pending_table;

/* Whether fork(2) really wipes; outside the table, so that it survives the wiping. */
static _Atomic bool wiped_on_fork;

struct pending_table *table_own(void)
{
    struct pending_table *table = atomic_load(&pending_table);
    return table && atomic_load(&table->owner) == sys_getpid() ? table : NULL;
}

/* MAP_NORESERVE: strict overcommit would otherwise count pages that are never touched. */
static struct pending_table *map(void)
{
    int saved = errno;
    void *memory = mmap(NULL, sizeof(struct pending_table), PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory != MAP_FAILED)
        atomic_store(&wiped_on_fork,
                     madvise(memory, sizeof(struct pending_table), MADV_WIPEONFORK) == 0);
    errno = saved;
    return memory == MAP_FAILED ? NULL : memory;
}

static int replace(struct pending_table *old, struct pending_table **table)
{
    struct pending_table *made = map();
    if (!made)
        return -ENOMEM;
    atomic_store(&made->owner, sys_getpid());
    if (atomic_compare_exchange_strong(&pending_table, &old, made)) {
        *table = made;
    } else {
        int saved = errno;
        munmap(made, sizeof *made);
        errno = saved;
        *table = old;
    }
    return 0;
}

/* An emulator (qemu-user) may accept any advice and follow none: ask for one that is no advice. */
static bool is_shared(struct pending_table *table)
{
    int saved = errno;
    bool shared = atomic_load(&wiped_on_fork) && madvise(table, sizeof *table, -1) < 0;
    errno = saved;
    return shared;
}

int table_obtain(struct pending_table **table)
{
    struct pending_table *existing = atomic_load(&pending_table);
    if (!existing)
        return replace(NULL, table);
    pid_t pid = sys_getpid();
    pid_t owner = 0;
    if (atomic_compare_exchange_strong(&existing->owner, &owner, pid) || owner == pid) {
        *table = existing;
        return 0;
    }
    /* Another's: shared with it by vfork(2), or copied by fork(2) on a kernel that can't wipe. */
    return is_shared(existing) ? -EBUSY : replace(existing, table);
}

struct pending_entry *table_claim(struct pending_table *table)
{
    for (int slot = 0; slot < PENDING_MAX; slot++) {
        struct pending_entry *entry = &table->entries[slot];
        int references = PENDING_FREE;
        if (atomic_compare_exchange_strong(&entry->references, &references, PENDING_CLAIMED))
            return entry;
    }
    return NULL;
}

static void raise_limit(struct pending_table *table, int fd)
{
    int limit = atomic_load(&table->fd_limit);
    while (limit <= fd && !atomic_compare_exchange_weak(&table->fd_limit, &limit, fd + 1))
        ;
}

int table_track(struct pending_table *table, int fd, struct pending_entry *entry)
{
    if (fd >= PENDING_FD_MAX)
        return -EMFILE;
    raise_limit(table, fd);
    atomic_store(&table->slot_of[fd], (uint8_t)(entry - table->entries + 1));
    return 0;
}

static struct pending_entry *entry_at(struct pending_table *table, uint8_t slot)
{
    return slot ? &table->entries[slot - 1] : NULL;
}

struct pending_entry *table_find(struct pending_table *table, int fd)
{
    if ((unsigned)fd >= PENDING_FD_MAX)
        return NULL;
    return entry_at(table, atomic_load(&table->slot_of[fd]));
}

struct pending_entry *table_untrack(struct pending_table *table, int fd)
{
    if ((unsigned)fd >= PENDING_FD_MAX)
        return NULL;
    return entry_at(table, atomic_exchange(&table->slot_of[fd], 0));
}

int table_next(struct pending_table *table, int from)
{
    int limit = atomic_load(&table->fd_limit);
    for (int fd = from; fd < limit; fd++)
        if (atomic_load_explicit(&table->slot_of[fd], memory_order_relaxed) != 0)
            return fd;
    return -1;
}

bool table_reference(struct pending_entry *entry)
{
    int references = atomic_load(&entry->references);
    while (references > 0)
        if (atomic_compare_exchange_weak(&entry->references, &references, references + 1))
            return true;
    return false;
}

bool table_unreference(struct pending_entry *entry)
{
    int references = atomic_load(&entry->references);
    for (;;) {
        int left = references == 1 ? PENDING_CLAIMED : references - 1;
        if (atomic_compare_exchange_weak(&entry->references, &references, left))
            return left == PENDING_CLAIMED;
    }
}
