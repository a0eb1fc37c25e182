/*
 * The hash table of rule names.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "policy/file/rule_names.h"

/* FNV-1a: the policy is its owner's own, so nobody gains from making names collide. */
static uint32_t hash(const char *name)
{
    uint32_t value = 2166136261;

    for (; *name != '\0'; name++)
        value = (value ^ (unsigned char)*name) * 16777619;
    return value;
}

struct rule_names rule_names_begin(struct arena *arena, size_t capacity)
{
    struct rule_names names;
    size_t size = 2;

    while (size < 2 * capacity)
        size *= 2;
    names.slots = ARENA_TAKE(arena, const struct policy_rule *, size);
    names.mask = size - 1;
    for (size_t i = 0; i < size; i++)
        names.slots[i] = NULL;
    return names;
}

const struct policy_rule *rule_names_add(struct rule_names *names, const struct policy_rule *rule)
{
    size_t i = hash(rule->name) & names->mask;

    for (; names->slots[i]; i = (i + 1) & names->mask)
        if (strcmp(names->slots[i]->name, rule->name) == 0)
            return names->slots[i];
    names->slots[i] = rule;
    return NULL;
}
