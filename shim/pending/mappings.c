/*
 * Mappings of pending files.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/pending/mappings.h"
#include "shim/base/guard.h"
#include "shim/base/high_fd.h"
#include "shim/pending/entry.h"
#include "shim/pending/pending.h"
#include "shim/pending/pool.h"

struct mapping {
    struct pool_link link; /* the next one in use */
    uintptr_t start;
    uintptr_t end;
    int fd; /* a duplicate, of which nobody else knows */
};

_Atomic unsigned mappings_count;

static struct pool mappings = {.object_size = sizeof(struct mapping)};
static uint32_t first;

static struct mapping *mapping_at(uint32_t number)
{
    return number ? pool_at(&mappings, number) : NULL;
}

static bool remember(struct pending_table *table, uintptr_t start, size_t length, int fd)
{
    table_lock(table);
    uint32_t number = pool_take(&mappings);
    if (number != 0) {
        struct mapping *mapping = mapping_at(number);
        mapping->start = start;
        mapping->end = start + length;
        mapping->fd = fd;
        mapping->link.next = first;
        first = number;
        atomic_fetch_add(&mappings_count, 1);
    }
    table_unlock(table);
    return number != 0;
}

static int add(struct pending_table *table, uintptr_t start, size_t length, int fd)
{
    int copy = high_fd_duplicate(fd);
    if (copy < 0)
        return -ENFILE;
    entry_alias(table, fd, copy);
    if (remember(table, start, length, copy))
        return 0;
    (void)pending_release(copy);
    sys_close(copy);
    return -ENOMEM;
}

static void report_refusal(struct pending_table *table, int fd, int error)
{
    const struct pending_entry *entry = table_find(table, fd);
    if (!entry)
        return;
    struct writer_file file = entry->file;
    file.reason = "a mapping of it could not be kept track of";
    entry_report(&file, "refuse", error);
}

int mappings_add(const void *start, size_t length, int fd)
{
    guard_enter();
    struct pending_table *table = table_own();
    int result = table ? add(table, (uintptr_t)start, length, fd) : 0;
    if (result < 0)
        report_refusal(table, fd, result);
    guard_leave();
    return result;
}

/* True if nothing is left of it. */
static bool cut(struct mapping *mapping, uintptr_t start, uintptr_t end)
{
    if (start <= mapping->start && end > mapping->start)
        mapping->start = end < mapping->end ? end : mapping->end;
    else if (start < mapping->end && end >= mapping->end)
        mapping->end = start;
    return mapping->start == mapping->end;
}

/* The descriptor of one mapping that is gone, or -1. */
static int take_one(struct pending_table *table, uintptr_t start, uintptr_t end)
{
    int fd = -1;
    table_lock(table);
    for (uint32_t *at = &first; *at && fd < 0;) {
        uint32_t number = *at;
        struct mapping *mapping = mapping_at(number);
        if (!cut(mapping, start, end)) {
            at = &mapping->link.next;
            continue;
        }
        fd = mapping->fd;
        *at = mapping->link.next;
        pool_give(&mappings, number);
        atomic_fetch_sub(&mappings_count, 1);
    }
    table_unlock(table);
    return fd;
}

/* The program may have closed it, and have its number for something else. */
static int let_go(int fd)
{
    if (!pending_tracks(fd))
        return 0;
    int released = pending_release(fd);
    sys_close(fd);
    return released;
}

int mappings_remove(const void *start, size_t length)
{
    int result = 0;
    guard_enter();
    struct pending_table *table = table_own();
    for (int fd;
         table && (fd = take_one(table, (uintptr_t)start, (uintptr_t)start + length)) >= 0;) {
        int released = let_go(fd);
        if (result == 0)
            result = released;
    }
    guard_leave();
    return result;
}

void mappings_move(const void *start, const void *moved, size_t length)
{
    guard_enter();
    struct pending_table *table = table_own();
    if (table)
        table_lock(table);
    for (struct mapping *mapping = mapping_at(table ? first : 0); mapping;
         mapping = mapping_at(mapping->link.next)) {
        if (mapping->start != (uintptr_t)start)
            continue;
        mapping->start = (uintptr_t)moved;
        mapping->end = mapping->start + length;
    }
    if (table)
        table_unlock(table);
    guard_leave();
}
