/*
 * A pending file's descriptors: duplicated, let go, and asked about.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/pending/pending.h"
#include "shim/base/guard.h"
#include "shim/pending/entry.h"
#include "shim/pending/mappings.h"

static int release(int fd)
{
    struct pending_table *table = table_own();
    struct pending_entry *last = table ? entry_release(table, fd) : NULL;
    return last ? entry_finish(table, last, fd) : 0;
}

int pending_release(int fd)
{
    if (!pending_tracks(fd))
        return 0;
    guard_enter();
    mappings_make_way(fd);
    int result = release(fd);
    guard_leave();
    return result;
}

int pending_next(int from)
{
    struct pending_table *table = atomic_load(&pending_table);
    return table ? table_next(table, from) : -1;
}

int pending_release_range(unsigned first, unsigned last)
{
    if (!pending_ever() || first >= PENDING_FD_MAX)
        return 0;
    int result = 0;
    guard_enter();
    for (int fd = pending_next((int)first); fd >= 0 && (unsigned)fd <= last;
         fd = pending_next(fd + 1)) {
        int released = release(fd);
        if (result == 0)
            result = released;
    }
    guard_leave();
    return result;
}

/* Whoever looks whether another process still writes the file would meet this one's duplicates. */
void pending_release_at_end(void)
{
    guard_enter();
    struct pending_table *table = table_own();
    for (int fd = table ? table_next(table, 0) : -1; fd >= 0; fd = table_next(table, fd + 1))
        entry_finish_at_end(table, fd);
    guard_leave();
}

void pending_wait_for_endings(void)
{
    guard_enter();
    struct pending_table *table = table_own();
    guard_leave();
    if (table)
        entry_wait_for_endings(table);
}

void pending_alias(int fd, int copy)
{
    guard_enter();
    struct pending_table *table = table_own();
    if (table)
        entry_alias(table, fd, copy);
    guard_leave();
}

bool pending_has_table(void)
{
    if (!pending_ever())
        return false;
    guard_enter();
    bool own = table_own() != NULL;
    guard_leave();
    return own;
}

bool pending_lock(void)
{
    guard_enter();
    struct pending_table *table = table_own();
    if (table)
        table_lock(table);
    else
        guard_leave();
    return table != NULL;
}

void pending_unlock(void)
{
    table_unlock(atomic_load(&pending_table));
    guard_leave();
}

static void get_role(struct pending_entry *entry, void *role)
{
    *(enum pending_role *)role = entry->role;
}

bool pending_is_own(int fd)
{
    enum pending_role role;
    return entry_with(fd, get_role, &role) && role == PENDING_OPENER;
}

static void count(struct pending_entry *entry, void *descriptors)
{
    *(int *)descriptors = entry->descriptors;
}

bool pending_is_last(int fd)
{
    int descriptors;
    return entry_with(fd, count, &descriptors) && descriptors == 1;
}

static void get_access_added(struct pending_entry *entry, void *added)
{
    *(int *)added = entry->file.access_added;
}

int pending_shown_flags(int fd, int shown)
{
    int added = 0;
    if (!pending_tracks(fd))
        return shown;
    (void)entry_with(fd, get_access_added, &added);
    shown &= ~O_TMPFILE;
    return (shown & O_ACCMODE) == O_RDWR ? shown ^ added : shown;
}
