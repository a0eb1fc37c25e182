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
#include "shim/hooks/hook.h"
#include "shim/pending/mappings.h"
#include "shim/pending/pending.h"

#include <sys/mman.h>

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

/* The memory is gone, whatever publishing says. */
int map_gone(int result, void *address, size_t length)
{
    if (result < 0 || atomic_load(&mappings_count) == 0)
        return result;
    int released = mappings_remove(address, whole_pages(length));
    if (released == 0)
        return 0;
    errno = -released;
    return -1;
}

SLOW static int munmap_slow(void *address, size_t length)
{
    return map_gone(NEXT(munmap)(address, length), address, length);
}

EXPORT int munmap(void *address, size_t length)
{
    next_munmap_type *next = NEXT_SINCE_START(munmap);
    return LIKELY(next && atomic_load_explicit(&mappings_count, memory_order_relaxed) == 0)
               ? next(address, length)
               : munmap_slow(address, length);
}

void *map_moved(void *moved, void *address, size_t length, size_t new_length)
{
    if (moved != MAP_FAILED && atomic_load(&mappings_count) > 0)
        mappings_move(address, whole_pages(length), moved, whole_pages(new_length));
    return moved;
}

void *hook_mremap(void *address, size_t length, size_t new_length, int flags,
                  void *new_address) __asm__("mremap");

/* As with open(2): the last argument is a pointer, whether it was given or not. */
EXPORT void *hook_mremap(void *address, size_t length, size_t new_length, int flags,
                         void *new_address)
{
    void *moved = NEXT(mremap)(address, length, new_length, flags, new_address);
    return map_moved(moved, address, length, new_length);
}
