/*
 * The table behind pending.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/pending/table.h"
#include "shim/base/guard.h"
#include "shim/base/hash.h"

#include <string.h>

_Atomic(struct pending_table *) pending_table;

void table_lock(struct pending_table *table)
{
    lock_take(&atomic_load(&table->canary)->lock);
}

void table_unlock(struct pending_table *table)
{
    lock_release(&atomic_load(&table->canary)->lock);
}

static struct pending_entry *entry_at(struct pending_table *table, uint32_t number)
{
    return number ? pool_at(&table->entries, number) : NULL;
}

struct pending_entry *table_find(struct pending_table *table, int fd)
{
    return (unsigned)fd < PENDING_FD_MAX ? entry_at(table, atomic_load(&table->entry_of[fd]))
                                         : NULL;
}

void table_track(struct pending_table *table, int fd, struct pending_entry *entry)
{
    if (atomic_load(&table->fd_limit) <= fd)
        atomic_store(&table->fd_limit, fd + 1);
    table->previous_fd[fd] = -1;
    table->next_fd[fd] = entry->first_fd;
    if (entry->first_fd >= 0)
        table->previous_fd[entry->first_fd] = fd;
    entry->first_fd = fd;
    if (entry->descriptors++ == 0)
        atomic_fetch_add(&table->open, 1);
    entry->state = PENDING_OPEN;
    /* Last: a fork(2) child may have a copy of this very moment. */
    atomic_store(&table->entry_of[fd], entry->number);
}

static void unlink_fd(struct pending_table *table, int fd, struct pending_entry *entry)
{
    int previous = table->previous_fd[fd];
    int next = table->next_fd[fd];
    atomic_store(&table->entry_of[fd], 0);
    if (previous >= 0)
        table->next_fd[previous] = next;
    else
        entry->first_fd = next;
    if (next >= 0)
        table->previous_fd[next] = previous;
    if (--entry->descriptors > 0)
        return;
    entry->state = PENDING_ENDING;
    entry->ender = guard_thread();
    entry->begun_end = atomic_fetch_add(&table->begun_ends, 1) + 1;
    /* In this order: see table_is_empty(). */
    atomic_fetch_add(&table->ending, 1);
    atomic_fetch_sub(&table->open, 1);
}

struct pending_entry *table_untrack(struct pending_table *table, int fd)
{
    struct pending_entry *entry = table_find(table, fd);
    if (!entry)
        return NULL;
    unlink_fd(table, fd, entry);
    return entry->descriptors > 0 ? NULL : entry;
}

void table_untrack_all(struct pending_table *table, struct pending_entry *entry)
{
    while (entry->first_fd >= 0)
        unlink_fd(table, entry->first_fd, entry);
}

int table_next(struct pending_table *table, int from)
{
    int limit = atomic_load(&table->fd_limit);
    for (int fd = from; fd < limit; fd++)
        if (atomic_load_explicit(&table->entry_of[fd], memory_order_relaxed) != 0)
            return fd;
    return -1;
}

static uint32_t hash_of(const struct writer_id *directory, const char *name)
{
    uint64_t hash = hash_add(HASH_BEGIN, directory->inode);
    hash = hash_add(hash, directory->device_major);
    hash = hash_add(hash, directory->device_minor);
    hash = hash_string(hash, name);
    return (uint32_t)(hash ^ hash >> 32);
}

static _Atomic uint32_t *name_count(struct pending_table *table, const char *name)
{
    static const struct writer_id anywhere;
    return &table->name_counts[hash_of(&anywhere, name) % PENDING_NAME_COUNTS];
}

bool table_may_have_name(struct pending_table *table, const char *name)
{
    return atomic_load_explicit(name_count(table, name), memory_order_acquire) > 0;
}

static bool has_name(const struct pending_entry *entry, uint32_t hash,
                     const struct writer_id *directory, const char *name)
{
    return entry->hash == hash && writer_same_id(&entry->file.directory_id, directory) &&
           strcmp(entry->file.name, name) == 0;
}

struct pending_entry *table_find_name(struct pending_table *table,
                                      const struct writer_id *directory, const char *name,
                                      const struct pending_entry *after)
{
    uint32_t hash = after ? after->hash : hash_of(directory, name);
    uint32_t number = after ? after->link.next : table->named[hash % PENDING_BUCKETS];
    struct pending_entry *entry = entry_at(table, number);
    while (entry && !has_name(entry, hash, directory, name))
        entry = entry_at(table, entry->link.next);
    return entry;
}

void table_add_name(struct pending_table *table, struct pending_entry *entry)
{
    entry->hash = hash_of(&entry->file.directory_id, entry->file.name);
    uint32_t *head = &table->named[entry->hash % PENDING_BUCKETS];
    entry->link.next = *head;
    entry->has_name = true;
    entry->named = atomic_fetch_add(&table->namings, 1) + 1;
    *head = entry->number;
    atomic_fetch_add(name_count(table, entry->file.name), 1);
}

void table_remove_name(struct pending_table *table, struct pending_entry *entry)
{
    if (!entry->has_name)
        return;
    uint32_t *at = &table->named[entry->hash % PENDING_BUCKETS];
    while (*at != entry->number)
        at = &entry_at(table, *at)->link.next;
    *at = entry->link.next;
    entry->has_name = false;
    atomic_fetch_sub(name_count(table, entry->file.name), 1);
}
