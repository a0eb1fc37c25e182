/*
 * Whose the table is: made, found again, adopted by the child of a fork(2), left alone by that of a
 * vfork(2).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/base/memory.h"
#include "shim/base/sys_process.h"
#include "shim/pending/directories.h"
#include "shim/pending/guests.h"
#include "shim/pending/table.h"

#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18 /* since Linux 4.14 */
#endif

/* clone(2), for unshare(2): <sched.h> has more than is wanted here. */
#define UNSHARE_MEMORY 0x00000100 /* CLONE_VM */
#define UNSHARE_THREAD 0x00010000 /* CLONE_THREAD */

/* MAP_NORESERVE: strict overcommit would otherwise count pages that are never touched. */
static void *map(size_t size)
{
    return memory_map(size, MAP_PRIVATE | MAP_NORESERVE);
}

static bool advise(struct pending_canary *canary, int advice)
{
    return memory_advise(canary, sizeof *canary, advice) == 0;
}

/*
 * Does the kernel wipe the page of a canary in the child of a fork(2)?  An old one says that it
 * can't; an emulator (qemu-user) may accept any advice and follow none, also one that is none.
 */
static bool is_wiped_by_fork(struct pending_canary *canary)
{
    return advise(canary, MADV_WIPEONFORK) && !advise(canary, -1);
}

/*
 * Does another process use this very memory?  unshare(2) of it succeeds, without effect, if not.
 * Several threads fail as well, and are no child of a vfork(2); neither is anything else that
 * fails, such as a system call filter: see take_back().
 */
static bool memory_is_anothers(void)
{
    return sys_call(SYS_unshare, UNSHARE_MEMORY, 0, 0, 0, 0) == -EINVAL &&
           sys_call(SYS_unshare, UNSHARE_THREAD, 0, 0, 0, 0) == 0;
}

static void set_owner(struct pending_canary *canary)
{
    canary->parent = sys_getppid();
    atomic_store(&canary->owner, sys_getpid());
}

static struct pending_table *make(void)
{
    struct pending_table *table = map(sizeof *table);
    struct pending_canary *canary = table ? map(sizeof *canary) : NULL;
    if (!canary) {
        if (table)
            memory_unmap(table, sizeof *table);
        return NULL;
    }
    (void)advise(canary, MADV_WIPEONFORK);
    set_owner(canary);
    atomic_store(&table->canary, canary);
    table->entries.object_size = sizeof(struct pending_entry);
    table->directories.object_size = sizeof(struct pending_directory);
    return table;
}

static int make_first(struct pending_table **table)
{
    if (memory_is_anothers())
        return -EBUSY;
    struct pending_table *made = make();
    if (!made)
        return -ENOMEM;
    struct pending_table *other = NULL;
    *table = made;
    if (!atomic_compare_exchange_strong(&pending_table, &other, made)) {
        memory_unmap(atomic_load(&made->canary), sizeof(struct pending_canary));
        memory_unmap(made, sizeof *made);
        *table = other;
    }
    return 0;
}

/* Does fd still stand for what the parent had pending?  It may have been in the middle of a change.
 */
static bool is_true(const struct pending_entry *entry, int fd)
{
    struct statx status;
    return sys_fstat(fd, &status) == 0 && writer_id_matches(&entry->file.id, &status);
}

static void forget_names(struct pending_table *table)
{
    /* Without touching pages that hold nothing. */
    for (int i = 0; i < PENDING_BUCKETS; i++)
        if (table->named[i] != 0)
            table->named[i] = 0;
    for (int i = 0; i < PENDING_NAME_COUNTS; i++)
        if (atomic_load(&table->name_counts[i]) != 0)
            atomic_store(&table->name_counts[i], 0);
}

/* What descriptors stand for is all that is taken over; the rest is made anew from that. */
static void forget_entries(struct pending_table *table)
{
    pool_forget_free(&table->entries);
    atomic_store(&table->open, 0);
    atomic_store(&table->ending, 0);
    for (uint32_t number = 1; number <= table->entries.count; number++) {
        struct pending_entry *entry = pool_at(&table->entries, number);
        entry->number = number;
        entry->state = PENDING_FREE;
        entry->role = PENDING_GUEST;
        entry->wrote = false;
        entry->has_name = false;
        entry->descriptors = 0;
        entry->first_fd = -1;
        /* Its exit(3) flushes them, as libc would, and its _exit(2) does not ask (302). */
        entry->copied = UINT_MAX;
    }
}

static void track_again(struct pending_table *table)
{
    for (int fd = table_next(table, 0); fd >= 0; fd = table_next(table, fd + 1)) {
        struct pending_entry *entry = NULL;
        if (atomic_load(&table->entry_of[fd]) <= table->entries.count)
            entry = table_find(table, fd);
        if (entry && is_true(entry, fd))
            table_track(table, fd, entry);
        else
            atomic_store(&table->entry_of[fd], 0);
    }
}

static void keep_what_is_open(struct pending_table *table)
{
    directories_forget(table);
    for (uint32_t number = 1; number <= table->entries.count; number++) {
        struct pending_entry *entry = pool_at(&table->entries, number);
        if (entry->state == PENDING_OPEN)
            directories_adopt(table, entry);
        else
            pool_give(&table->entries, number);
    }
    directories_close_unused(table);
}

static void adopt(struct pending_table *table, struct pending_canary *canary)
{
    lock_take(&canary->lock);
    if (atomic_load(&canary->owner) == 0) {
        forget_names(table);
        forget_entries(table);
        track_again(table);
        keep_what_is_open(table);
        atomic_store(&guests_is_guest, true);
        set_owner(canary);
    }
    lock_release(&canary->lock);
}

/*
 * Where a filter forbids unshare(2), a vfork(2) child may have made the table; its files are its
 * own, and end with it.
 */
static void take_back(struct pending_table *table, struct pending_canary *canary)
{
    lock_take(&canary->lock);
    for (int fd = table_next(table, 0); fd >= 0; fd = table_next(table, fd + 1))
        atomic_store(&table->entry_of[fd], 0);
    lock_release(&canary->lock);
    atomic_store(&canary->owner, 0);
    adopt(table, canary);
}

/* Where fork(2) does not wipe, the child's page is a copy, and another process's by that. */
static struct pending_canary *wipe(struct pending_table *table, struct pending_canary *copy)
{
    struct pending_canary *wiped = map(sizeof *wiped);
    if (!wiped)
        return NULL;
    if (atomic_compare_exchange_strong(&table->canary, &copy, wiped))
        return wiped;
    memory_unmap(wiped, sizeof *wiped);
    return copy;
}

/* False in a vfork(2) child. */
static bool make_own(struct pending_table *table)
{
    struct pending_canary *canary = atomic_load(&table->canary);
    pid_t owner = atomic_load(&canary->owner);
    pid_t pid = sys_getpid();
    if (owner == pid)
        return true;
    if (owner != 0 && is_wiped_by_fork(canary)) {
        if (canary->parent != pid)
            return false;
        take_back(table, canary);
        return true;
    }
    if (owner != 0)
        canary = wipe(table, canary);
    if (!canary || memory_is_anothers())
        return false;
    adopt(table, canary);
    return true;
}

struct pending_table *table_own(void)
{
    struct pending_table *table = atomic_load(&pending_table);
    return table && make_own(table) ? table : NULL;
}

int table_obtain(struct pending_table **table)
{
    *table = atomic_load(&pending_table);
    if (!*table)
        return make_first(table);
    return make_own(*table) ? 0 : -EBUSY;
}
