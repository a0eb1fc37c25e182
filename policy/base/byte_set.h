/*
 * A set of byte values, as a bitmap.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_POLICY_BASE_BYTE_SET_H
#define OWNERONLY_POLICY_BASE_BYTE_SET_H

#include <stdbool.h>
#include <stdint.h>

struct byte_set {
    uint64_t words[4];
};

static inline bool byte_set_has(const struct byte_set *set, unsigned char byte)
{
    return (set->words[byte / 64] >> (byte % 64)) & 1;
}

static inline void byte_set_add(struct byte_set *set, unsigned char byte)
{
    set->words[byte / 64] |= UINT64_C(1) << (byte % 64);
}

static inline void byte_set_remove(struct byte_set *set, unsigned char byte)
{
    set->words[byte / 64] &= ~(UINT64_C(1) << (byte % 64));
}

static inline void byte_set_invert(struct byte_set *set)
{
    for (unsigned i = 0; i < 4; i++)
        set->words[i] = ~set->words[i];
}

static inline void byte_set_join(struct byte_set *set, const struct byte_set *other)
{
    for (unsigned i = 0; i < 4; i++)
        set->words[i] |= other->words[i];
}

#endif
