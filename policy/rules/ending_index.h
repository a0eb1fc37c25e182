/*
 * Can a path end as some glob of a policy does?  For policies of thousands of rules.
 *
 * A bitmap over hashes of the endings' last bytes (Bloom, "Space/Time Trade-offs in Hash Coding
 * with Allowable Errors", 1970, with one hash): a false yes costs a look at every rule, a false no
 * there is not.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_POLICY_RULES_ENDING_INDEX_H
#define OWNERONLY_POLICY_RULES_ENDING_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct policy;

/* What is looked at of an ending: its last bytes, the very last one highest, 0 where it is shorter.
 */
struct ending_key {
    uint64_t last;
    uint64_t before;
};

/* Fibonacci hashing, twice: Knuth, The Art of Computer Programming, volume 3, section 6.4. */
#define ENDING_FACTOR UINT64_C(0x9e3779b97f4a7c15)
#define ENDING_HASH(last, before, shift)                                                           \
    (((last) ^ (before)*ENDING_FACTOR >> 7) * ENDING_FACTOR >> (shift))

struct ending_index {
    struct ending_key masks[sizeof(struct ending_key)]; /* one for each length that occurs */
    size_t mask_count;
    unsigned shift;       /* of a hash, to a bit's number */
    const uint64_t *bits; /* of the hashes that occur */
};

/* path: of length bytes, at least one. */
bool ending_index_may_have(const struct ending_index *index, const char *path, size_t length);

/* What ending_index_make() takes from the arena at most, in bytes, with padding. */
#define ENDING_INDEX_MEMORY (sizeof(struct ending_index) + 2 * _Alignof(max_align_t) + 8)
#define ENDING_INDEX_MEMORY_EACH 4

/* For all globs of a policy, in memory from the arena; NULL: there is one that any name may match.
 */
const struct ending_index *ending_index_make(const struct policy *policy, struct arena *arena);

#endif
