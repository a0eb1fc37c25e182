/*
 * The names of the rules read so far, so that none is used twice.
 *
 * A hash table: every process reads the whole policy when it starts, and comparing each name with
 * all before it would be felt from a few thousand rules on.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_POLICY_FILE_RULE_NAMES_H
#define OWNERONLY_POLICY_FILE_RULE_NAMES_H

#include "policy/base/arena.h"
#include "policy/base/slice.h"
#include "policy/rules/policy.h"

struct rule_names {
    const struct policy_rule **slots; /* open addressing; at most half of them are used */
    size_t mask;
};

/* What rule_names_begin() takes from the arena at most, in bytes, for each of `capacity` names. */
#define RULE_NAMES_MEMORY_EACH (4 * sizeof(const struct policy_rule *))

struct rule_names rule_names_begin(struct arena *arena, size_t capacity);

/* Adds the rule, unless one of its name is there already: then returns that one, else NULL. */
const struct policy_rule *rule_names_add(struct rule_names *names, const struct policy_rule *rule);

#endif
