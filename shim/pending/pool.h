/*
 * Objects of one size that are numbered from 1, stay where they are, and are used again.
 *
 * Memory is mapped as it is needed, in chunks of which each is twice as large as the one before,
 * and is kept: what a process once had pending at one moment is what it may have again.
 * The caller holds the table's lock, except for pool_at(), which any thread may call for an object
 * that is in use.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SHIM_PENDING_POOL_H
#define OWNERONLY_SHIM_PENDING_POOL_H

#include "shim/base/sys.h"

#define POOL_FIRST_CHUNK 16
#define POOL_CHUNKS 17 /* for more objects than a process can have descriptors */

struct pool {
    uint32_t object_size;
    uint32_t count; /* objects that were ever in use: 1 to count */
    uint32_t free;  /* one of those that are not, or 0; it begins with the number of the next */
    char *chunks[POOL_CHUNKS];
};

/* Objects begin with this: the pool's while the object is free, and their owner's otherwise. */
struct pool_link {
    uint32_t next;
};

/* An object; its content is what it was when it was given back, or zero.  0: no memory. */
uint32_t pool_take(struct pool *pool);

void pool_give(struct pool *pool, uint32_t number);

/* For a fork(2) child, which can't know what its parent was just doing: nothing is free. */
void pool_forget_free(struct pool *pool);

/* Object 1 is the first of chunk 0, and chunk n begins with object FIRST * (2^n - 1) + 1. */
static inline void *pool_at(const struct pool *pool, uint32_t number)
{
    uint32_t position = number - 1 + POOL_FIRST_CHUNK;
    int chunk = 31 - __builtin_clz(position / POOL_FIRST_CHUNK);
    uint32_t first = (uint32_t)POOL_FIRST_CHUNK << chunk;
    return pool->chunks[chunk] + (size_t)(position - first) * pool->object_size;
}

#endif
