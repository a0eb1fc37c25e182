/*
 * Objects of one size that stay where they are.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/pending/pool.h"
#include "shim/base/memory.h"

#include <stddef.h>

/* MAP_NORESERVE: strict overcommit would otherwise count pages that are never touched. */
static bool map_chunk(struct pool *pool, int chunk)
{
    if (pool->chunks[chunk])
        return true;
    size_t size = ((size_t)POOL_FIRST_CHUNK << chunk) * pool->object_size;
    void *memory = memory_map(size, MAP_PRIVATE | MAP_NORESERVE);
    if (!memory)
        return false;
    pool->chunks[chunk] = memory;
    return true;
}

static bool grow(struct pool *pool)
{
    int chunk = 31 - __builtin_clz(pool->count / POOL_FIRST_CHUNK + 1);
    return chunk < POOL_CHUNKS && map_chunk(pool, chunk);
}

uint32_t pool_take(struct pool *pool)
{
    uint32_t number = pool->free;
    if (number == 0)
        return grow(pool) ? ++pool->count : 0;
    struct pool_link *link = pool_at(pool, number);
    pool->free = link->next;
    return number;
}

void pool_give(struct pool *pool, uint32_t number)
{
    struct pool_link *link = pool_at(pool, number);
    link->next = pool->free;
    pool->free = number;
}

void pool_forget_free(struct pool *pool)
{
    pool->free = 0;
}
