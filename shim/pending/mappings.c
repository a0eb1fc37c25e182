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

/* One stretch of a mapping: what is taken out of its middle leaves two of one descriptor. */
struct mapping {
    struct pool_link link; /* the next one in use */
    int fd;                /* a duplicate, of which nobody else knows */
    struct writer_id id;
    uintptr_t start;
    uintptr_t end;
    uint64_t taken; /* by this call, which is not over; or 0 */
};

_Atomic unsigned mappings_count;

static struct pool mappings = {.object_size = sizeof(struct mapping)};
static uint32_t first;
static uint64_t calls;

static struct mapping *mapping_at(uint32_t number)
{
    return number ? pool_at(&mappings, number) : NULL;
}

static struct mapping *next_of(const struct mapping *mapping)
{
    return mapping_at(mapping->link.next);
}

/* False without memory.  Under the lock, like what follows. */
static bool enter(uintptr_t start, uintptr_t end, int fd, const struct writer_id *id)
{
    uint32_t number = pool_take(&mappings);
    if (number == 0)
        return false;
    *mapping_at(number) =
        (struct mapping){.link.next = first, .fd = fd, .id = *id, .start = start, .end = end};
    first = number;
    atomic_fetch_add(&mappings_count, 1);
    return true;
}

static struct mapping *around(uintptr_t address)
{
    struct mapping *mapping = mapping_at(first);
    while (mapping && (mapping->taken || address < mapping->start || address >= mapping->end))
        mapping = next_of(mapping);
    return mapping;
}

/*
 * What lies from `at` on becomes a stretch of its own.  Without memory for that it stays one, which
 * counts until all of it goes at once.
 */
static void split(uintptr_t at)
{
    struct mapping *mapping = around(at);
    if (mapping && mapping->start < at && enter(at, mapping->end, mapping->fd, &mapping->id))
        mapping->end = at;
}

static int remember(struct pending_table *table, uintptr_t start, size_t length, int fd)
{
    struct statx status;
    int result = sys_fstat(fd, &status);
    if (result < 0)
        return result;
    struct writer_id id = writer_id_of(&status);
    table_lock(table);
    result = enter(start, start + length, fd, &id) ? 0 : -ENOMEM;
    table_unlock(table);
    return result;
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

/* Changes the descriptor of the stretches that have it.  Are there any? */
static bool replace(struct pending_table *table, int fd, int copy)
{
    bool any = false;
    table_lock(table);
    for (struct mapping *mapping = mapping_at(first); mapping; mapping = next_of(mapping)) {
        if (mapping->fd != fd)
            continue;
        mapping->fd = copy;
        any = true;
    }
    table_unlock(table);
    return any;
}

void mappings_make_way(int fd)
{
    struct pending_table *table = atomic_load(&mappings_count) > 0 ? table_own() : NULL;
    if (!table || !replace(table, fd, fd))
        return;
    int copy = high_fd_duplicate(fd);
    if (copy < 0)
        return;
    entry_alias(table, fd, copy);
    (void)replace(table, fd, copy);
}

void mappings_take(uint64_t *taken, const void *start, size_t length)
{
    uintptr_t from = (uintptr_t)start, to = from + length;
    struct pending_table *table = table_own();
    if (!table)
        return;
    table_lock(table);
    if (*taken == 0)
        *taken = ++calls;
    split(from);
    split(to);
    for (struct mapping *mapping = mapping_at(first); mapping; mapping = next_of(mapping))
        if (!mapping->taken && from <= mapping->start && mapping->end <= to)
            mapping->taken = *taken;
    table_unlock(table);
}

/* What a call took is where it was, but for `distance`, and what ended at `end` now ends there. */
static void put(uint64_t taken, uintptr_t distance, uintptr_t end, uintptr_t new_end)
{
    struct pending_table *table = taken ? table_own() : NULL;
    if (!table)
        return;
    table_lock(table);
    for (struct mapping *mapping = mapping_at(first); mapping; mapping = next_of(mapping)) {
        if (mapping->taken != taken)
            continue;
        mapping->start += distance;
        mapping->end = mapping->end == end ? new_end : mapping->end + distance;
        mapping->taken = 0;
    }
    table_unlock(table);
}

void mappings_give_back(uint64_t taken)
{
    put(taken, 0, 0, 0);
}

void mappings_move(uint64_t taken, const void *start, size_t length, const void *moved,
                   size_t new_length)
{
    put(taken, (uintptr_t)moved - (uintptr_t)start, (uintptr_t)start + length,
        (uintptr_t)moved + new_length);
}

void mappings_copy(const void *start, const void *copy, size_t length)
{
    struct pending_table *table = table_own();
    if (!table)
        return;
    table_lock(table);
    const struct mapping *mapping = around((uintptr_t)start);
    if (mapping)
        (void)enter((uintptr_t)copy, (uintptr_t)copy + length, mapping->fd, &mapping->id);
    table_unlock(table);
}

/* Has another stretch this descriptor?  The program may have closed it, and its number be used. */
static bool is_shared(int fd, const struct writer_id *id)
{
    const struct mapping *mapping = mapping_at(first);
    while (mapping && (mapping->fd != fd || !writer_same_id(&mapping->id, id)))
        mapping = next_of(mapping);
    return mapping != NULL;
}

/* Drops one stretch that the call took.  False if there is none left; *fd: -1 if it is shared. */
static bool drop_one(struct pending_table *table, uint64_t taken, int *fd, struct writer_id *id)
{
    table_lock(table);
    uint32_t *at = &first;
    while (*at && mapping_at(*at)->taken != taken)
        at = &mapping_at(*at)->link.next;
    uint32_t number = *at;
    if (number != 0) {
        const struct mapping *mapping = mapping_at(number);
        *id = mapping->id;
        *fd = mapping->fd;
        *at = mapping->link.next;
        pool_give(&mappings, number);
        atomic_fetch_sub(&mappings_count, 1);
        if (is_shared(*fd, id))
            *fd = -1;
    }
    table_unlock(table);
    return number != 0;
}

/*
 * The program may have closed it, and have its number for something else, or another mapping has
 * it; of a file that was published while it was open, it stands for nothing any more.
 */
static bool is_another(int fd, const struct writer_id *id)
{
    struct statx status;
    int result = sys_fstat(fd, &status);
    if (result == 0)
        return !writer_id_matches(id, &status);
    /* What can't be examined is what the table says: its end will say that it can't. */
    return result == -EBADF || !pending_tracks(fd);
}

static int let_go(int fd, const struct writer_id *id)
{
    if (is_another(fd, id))
        return 0;
    int released = pending_release(fd);
    sys_close(fd);
    return released;
}

int mappings_drop(uint64_t taken)
{
    struct pending_table *table = taken ? table_own() : NULL;
    struct writer_id id;
    int result = 0;
    for (int fd; table && drop_one(table, taken, &fd, &id);) {
        int released = fd >= 0 ? let_go(fd, &id) : 0;
        if (result == 0)
            result = released;
    }
    return result;
}

int mappings_remove(const void *start, size_t length)
{
    uint64_t taken = 0;
    guard_enter();
    mappings_take(&taken, start, length);
    int result = mappings_drop(taken);
    guard_leave();
    return result;
}
