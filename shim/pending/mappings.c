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
    struct writer_id id;
};

_Atomic unsigned mappings_count;

static struct pool mappings = {.object_size = sizeof(struct mapping)};
static uint32_t first;

static struct mapping *mapping_at(uint32_t number)
{
    return number ? pool_at(&mappings, number) : NULL;
}

static int remember(struct pending_table *table, uintptr_t start, size_t length, int fd)
{
    struct statx status;
    int result = sys_fstat(fd, &status);
    if (result < 0)
        return result;
    table_lock(table);
    uint32_t number = pool_take(&mappings);
    if (number != 0) {
        struct mapping *mapping = mapping_at(number);
        mapping->start = start;
        mapping->end = start + length;
        mapping->fd = fd;
        mapping->id = writer_id_of(&status);
        mapping->link.next = first;
        first = number;
        atomic_fetch_add(&mappings_count, 1);
    }
    table_unlock(table);
    return number != 0 ? 0 : -ENOMEM;
}

static int add(struct pending_table *table, uintptr_t start, size_t length, int fd)
{
    int copy = high_fd_duplicate(fd);
    if (copy < 0)
        return -ENFILE;
    entry_alias(table, fd, copy);
    int result = remember(table, start, length, copy);
    if (result == 0)
        return 0;
    (void)pending_release(copy);
    sys_close(copy);
    return result;
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

/* One of which [start, end) is the middle, or NULL.  Under the lock. */
static struct mapping *around(uintptr_t start, uintptr_t end)
{
    struct mapping *mapping = mapping_at(first);
    while (mapping && !(mapping->start < start && end < mapping->end))
        mapping = mapping_at(mapping->link.next);
    return mapping;
}

/*
 * What lies behind the middle of a mapping becomes one of its own.  Without a descriptor for that
 * it stays one, which counts as long as anything of it is left.
 */
static void split(struct pending_table *table, uintptr_t start, uintptr_t end)
{
    for (int result = 0; result == 0;) {
        table_lock(table);
        const struct mapping *found = around(start, end);
        struct mapping whole = found ? *found : (struct mapping){.fd = -1};
        table_unlock(table);
        if (whole.fd < 0)
            return;
        result = add(table, end, whole.end - end, whole.fd);
        table_lock(table);
        struct mapping *mapping = result == 0 ? around(start, end) : NULL;
        while (mapping && mapping->fd != whole.fd)
            mapping = mapping_at(mapping->link.next);
        if (mapping)
            mapping->end = end;
        table_unlock(table);
    }
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

/* The descriptor of one mapping that is gone, and its file, or -1. */
static int take_one(struct pending_table *table, uintptr_t start, uintptr_t end,
                    struct writer_id *id)
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
        *id = mapping->id;
        *at = mapping->link.next;
        pool_give(&mappings, number);
        atomic_fetch_sub(&mappings_count, 1);
    }
    table_unlock(table);
    return fd;
}

/*
 * The program may have closed it, and have its number for something else; of a file that was
 * published while it was open, it stands for nothing any more.
 */
static int let_go(int fd, const struct writer_id *id)
{
    struct statx status;
    if (!pending_tracks(fd) && (sys_fstat(fd, &status) < 0 || !writer_id_matches(id, &status)))
        return 0;
    int released = pending_release(fd);
    sys_close(fd);
    return released;
}

static int remove_all(struct pending_table *table, uintptr_t start, uintptr_t end)
{
    int result = 0;
    split(table, start, end);
    struct writer_id id;
    for (int fd; (fd = take_one(table, start, end, &id)) >= 0;) {
        int released = let_go(fd, &id);
        if (result == 0)
            result = released;
    }
    return result;
}

int mappings_remove(const void *start, size_t length)
{
    guard_enter();
    struct pending_table *table = table_own();
    int result = table ? remove_all(table, (uintptr_t)start, (uintptr_t)start + length) : 0;
    guard_leave();
    return result;
}

/* Pieces that begin from start on, and end at `end` at the latest; the last of them also grows. */
static void move(struct pending_table *table, uintptr_t start, uintptr_t end, uintptr_t moved,
                 uintptr_t moved_end)
{
    table_lock(table);
    for (struct mapping *mapping = mapping_at(first); mapping;
         mapping = mapping_at(mapping->link.next)) {
        if (mapping->start < start || mapping->start >= end)
            continue;
        mapping->start += moved - start;
        mapping->end = mapping->end == end ? moved_end : mapping->end + (moved - start);
    }
    table_unlock(table);
}

void mappings_move(const void *start, size_t length, const void *moved, size_t new_length)
{
    uintptr_t from = (uintptr_t)start;
    size_t kept = length < new_length ? length : new_length;
    guard_enter();
    struct pending_table *table = table_own();
    if (table) {
        /* Also where nothing is removed, what lies behind is a piece of its own then. */
        (void)remove_all(table, from + kept, from + length);
        split(table, from, from);
        move(table, from, from + kept, (uintptr_t)moved, (uintptr_t)moved + new_length);
    }
    guard_leave();
}
