/*
 * FNV-1a, 64 bits: http://www.isthe.com/chongo/tech/comp/fnv/ (also RFC 9923).  Quick, and no
 * secret: whoever wants a collision finds one.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SHIM_BASE_HASH_H
#define OWNERONLY_SHIM_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

#define HASH_BEGIN UINT64_C(0xcbf29ce484222325)

/* One unit more: a byte, or what is hashed as one. */
static inline uint64_t hash_add(uint64_t hash, uint64_t unit)
{
    return (hash ^ unit) * UINT64_C(0x100000001b3);
}

static inline uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t length)
{
    for (const unsigned char *byte = bytes; length > 0; length--, byte++)
        /* Clang 14 knows no single byte of a larger object. */
        hash = hash_add(hash, *byte); // NOLINT(clang-analyzer-core.CallAndMessage)
    return hash;
}

static inline uint64_t hash_string(uint64_t hash, const char *string)
{
    for (; *string; string++)
        hash = hash_add(hash, (unsigned char)*string);
    return hash;
}

#endif
