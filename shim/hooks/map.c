/*
 * Hooks of mmap(2) and its kin: a writable shared mapping of a pending file counts as a descriptor
 * of it, until munmap(2), exec or the end of the process (3xx).
 *
 * Not seen: a mapping that is made writable later, by mprotect(2).  The library maps memory of its
 * own by these names, too: anonymous memory goes straight through.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/hooks/map.h"
#include "shim/base/guard.h"
#include "shim/hooks/hook.h"
#include "shim/pending/mappings.h"
#include "shim/pending/pending.h"

#include <sys/mman.h>

#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4 /* since Linux 5.7 */
#endif

/* Lengths are in bytes, and pages count as a whole. */
static size_t whole_pages(size_t length)
{
    const size_t page = 4096; /* at least; what lies behind is nobody's */
    return (length + page - 1) & ~(page - 1);
}

static bool is_writable_and_shared(int protection, int flags)
{
    int type = flags & MAP_TYPE;
    return (protection & PROT_WRITE) && (type == MAP_SHARED || type == MAP_SHARED_VALIDATE);
}

void *map_made(void *memory, size_t length, int protection, int flags, int fd)
{
    if (memory == MAP_FAILED)
        return memory;
    if ((flags & MAP_FIXED) && atomic_load(&mappings_count) > 0)
        (void)mappings_remove(memory, whole_pages(length));
    if ((flags & MAP_ANONYMOUS) || !is_writable_and_shared(protection, flags) ||
        !pending_tracks(fd))
        return memory;
    int result = mappings_add(memory, whole_pages(length), fd);
    if (result == 0)
        return memory;
    (void)NEXT(munmap)(memory, length);
    errno = -result;
    return MAP_FAILED;
}

#define DEFINE_MMAP(name, offset_type)                                                             \
    SLOW static void *name##_slow(void *address, size_t length, int protection, int flags, int fd, \
                                  offset_type offset)                                              \
    {                                                                                              \
        return map_made(NEXT(name)(address, length, protection, flags, fd, offset), length,        \
                        protection, flags, fd);                                                    \
    }                                                                                              \
    EXPORT void *name(void *address, size_t length, int protection, int flags, int fd,             \
                      offset_type offset)                                                          \
    {                                                                                              \
        next_##name##_type *next = NEXT_SINCE_START(name);                                         \
        return LIKELY(next && !pending_ever())                                                     \
                   ? next(address, length, protection, flags, fd, offset)                          \
                   : name##_slow(address, length, protection, flags, fd, offset);                  \
    }

DEFINE_MMAP(mmap, off_t)
DEFINE_MMAP(mmap64, off64_t)

static void begin(struct map_change *change)
{
    change->matters = atomic_load(&mappings_count) > 0;
    if (!change->matters)
        return;
    guard_enter();
    change->length = whole_pages(change->length);
    change->new_length = whole_pages(change->new_length);
}

void map_going(struct map_change *change)
{
    begin(change);
    if (change->matters)
        mappings_take(&change->going, change->address, change->length);
}

/* The memory is gone, whatever publishing says. */
int map_gone(struct map_change *change, int result)
{
    int released = 0;
    if (!change->matters)
        return result;
    if (result < 0)
        mappings_give_back(change->going);
    else
        released = mappings_drop(change->going);
    guard_leave();
    if (released == 0)
        return result;
    errno = -released;
    return -1;
}

SLOW static int munmap_slow(void *address, size_t length)
{
    struct map_change change = {.address = address, .length = length};
    map_going(&change);
    return map_gone(&change, NEXT(munmap)(address, length));
}

EXPORT int munmap(void *address, size_t length)
{
    next_munmap_type *next = NEXT_SINCE_START(munmap);
    return LIKELY(next && atomic_load_explicit(&mappings_count, memory_order_relaxed) == 0)
               ? next(address, length)
               : munmap_slow(address, length);
}

/* What lies there stays: MREMAP_DONTUNMAP, or a length of 0, which asks for a second mapping. */
static bool copies(const struct map_change *change)
{
    return (change->flags & MREMAP_DONTUNMAP) || change->length == 0;
}

static size_t kept(const struct map_change *change)
{
    return change->length < change->new_length ? change->length : change->new_length;
}

void map_moving(struct map_change *change)
{
    begin(change);
    if (!change->matters)
        return;
    if (!copies(change)) {
        mappings_take(&change->moving, change->address, kept(change));
        mappings_take(&change->going, change->address + kept(change),
                      change->length - kept(change));
    }
    if (change->flags & MREMAP_FIXED)
        mappings_take(&change->going, change->new_address, change->new_length);
}

void *map_moved(struct map_change *change, void *moved)
{
    if (!change->matters)
        return moved;
    if (moved == MAP_FAILED) {
        mappings_give_back(change->moving);
        mappings_give_back(change->going);
    } else {
        if (copies(change))
            mappings_copy(change->address, moved, change->new_length);
        else
            mappings_move(change->moving, change->address, kept(change), moved, change->new_length);
        (void)mappings_drop(change->going);
    }
    guard_leave();
    return moved;
}

#define MREMAP_PARAMETERS                                                                          \
    (void *address, size_t length, size_t new_length, int flags, void *new_address)
#define MREMAP_ARGUMENTS (address, length, new_length, flags, new_address)

SLOW static void *mremap_slow MREMAP_PARAMETERS
{
    struct map_change change = {address, length, new_length, flags, new_address, .matters = false};
    map_moving(&change);
    return map_moved(&change, NEXT(mremap) MREMAP_ARGUMENTS);
}

void *hook_mremap MREMAP_PARAMETERS __asm__("mremap");

/* As with open(2): the last argument is a pointer, whether it was given or not. */
EXPORT void *hook_mremap MREMAP_PARAMETERS
{
    next_mremap_type *next = NEXT_SINCE_START(mremap);
    return LIKELY(next && atomic_load_explicit(&mappings_count, memory_order_relaxed) == 0)
               ? next MREMAP_ARGUMENTS
               : mremap_slow MREMAP_ARGUMENTS;
}
