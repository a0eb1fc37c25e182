/*
 * The index of a policy's endings.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "policy/rules/ending_index.h"
#include "policy/glob/glob.h"
#include "policy/rules/policy.h"

#include <endian.h>
#include <string.h>

/* Bits for each glob, at least: about one path in as many is looked at for nothing. */
#define BITS_EACH 16

/* Short ones by hand: a call would cost each path more than the rest of the index. */
static uint64_t last_bytes(const char *bytes, size_t length)
{
    uint64_t last = 0;
    if (length >= sizeof last) {
        memcpy(&last, bytes + length - sizeof last, sizeof last);
        return le64toh(last);
    }
    for (size_t i = 0; i < length; i++)
        last = last >> 8 | (uint64_t)(unsigned char)bytes[i] << 56;
    return last;
}

static struct ending_key key_of(const char *bytes, size_t length)
{
    size_t more = length > sizeof(uint64_t) ? length - sizeof(uint64_t) : 0;
    return (struct ending_key){last_bytes(bytes, length), more ? last_bytes(bytes, more) : 0};
}

bool ending_index_may_have(const struct ending_index *index, const char *path, size_t length)
{
    struct ending_key key = key_of(path, length);
    for (size_t i = 0; i < index->mask_count; i++) {
        const struct ending_key *mask = &index->masks[i];
        uint64_t hash = ENDING_HASH(key.last & mask->last, key.before & mask->before, index->shift);
        if (index->bits[hash / 64] >> (hash % 64) & 1)
            return true;
    }
    return false;
}

/* The highest `length` bytes. */
static uint64_t mask_of(size_t length)
{
    if (length == 0)
        return 0;
    return length < sizeof(uint64_t) ? UINT64_MAX << (8 * (sizeof(uint64_t) - length)) : UINT64_MAX;
}

static struct ending_key masks_of(size_t length)
{
    return (struct ending_key){mask_of(length),
                               mask_of(length > sizeof(uint64_t) ? length - sizeof(uint64_t) : 0)};
}

static void add_mask(struct ending_index *index, struct ending_key mask)
{
    for (size_t i = 0; i < index->mask_count; i++)
        if (index->masks[i].last == mask.last && index->masks[i].before == mask.before)
            return;
    index->masks[index->mask_count++] = mask;
}

static bool count(const struct policy *policy, size_t *globs)
{
    *globs = 0;
    for (size_t i = 0; i < policy->rule_count; i++)
        for (const struct policy_glob *glob = policy->rules[i].match; glob; glob = glob->next) {
            if (glob->ending.length == 0)
                return false; /* any name may match it */
            ++*globs;
        }
    return true;
}

static void add(struct ending_index *index, uint64_t *bits, struct slice ending)
{
    struct ending_key key = key_of(ending.bytes, ending.length);
    uint64_t hash = ENDING_HASH(key.last, key.before, index->shift);
    bits[hash / 64] |= UINT64_C(1) << (hash % 64);
    add_mask(index, masks_of(ending.length));
}

const struct ending_index *ending_index_make(const struct policy *policy, struct arena *arena)
{
    size_t globs;
    if (!count(policy, &globs))
        return NULL;
    unsigned bits_log2 = 6;
    while ((size_t)1 << bits_log2 < globs * BITS_EACH)
        bits_log2++;
    size_t words = (size_t)1 << (bits_log2 - 6);
    struct ending_index *index = ARENA_TAKE(arena, struct ending_index, 1);
    uint64_t *bits = ARENA_TAKE(arena, uint64_t, words);
    *index = (struct ending_index){.shift = 64 - bits_log2, .bits = bits};
    memset(bits, 0, words * sizeof *bits);
    for (size_t i = 0; i < policy->rule_count; i++)
        for (const struct policy_glob *glob = policy->rules[i].match; glob; glob = glob->next)
            add(index, bits, glob->ending);
    return index;
}
