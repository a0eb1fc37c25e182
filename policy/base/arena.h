/*
 * Hands out pieces of one block of memory, front to back.
 *
 * There is no check against the end: policy_memory_size() bounds what any text can ask for.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_POLICY_BASE_ARENA_H
#define OWNERONLY_POLICY_BASE_ARENA_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct arena {
    char *next;
};

/* Not initialised.  alignment is a power of two. */
static inline void *arena_take(struct arena *arena, size_t size, size_t alignment)
{
    size_t padding = -(uintptr_t)arena->next & (alignment - 1);
    char *piece = arena->next + padding;
    arena->next = piece + size;
    return piece;
}

/* `count` objects of a type, as arena_take(). */
#define ARENA_TAKE(arena, type, count)                                                             \
    ((type *)arena_take((arena), (count) * sizeof(type), _Alignof(type)))

#endif
