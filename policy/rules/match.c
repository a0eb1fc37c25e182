/*
 * Rules and a name: which rule protects it?
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "policy/glob/glob.h"
#include "policy/rules/policy.h"

static enum glob_verdict match_any(const struct policy_glob *glob, struct slice directory,
                                   struct slice name)
{
    enum glob_verdict best = GLOB_NO;

    for (; glob && best != GLOB_YES; glob = glob->next) {
        enum glob_verdict verdict = glob_match(glob, directory, name);
        if (verdict > best)
            best = verdict;
    }
    return best;
}

const struct policy_glob *policy_matching_glob(const struct policy_glob *list,
                                               const char *directory, size_t directory_length,
                                               const char *name, size_t name_length)
{
    struct slice directory_slice = {directory, directory_length};
    struct slice name_slice = {name, name_length};

    while (list && glob_match(list, directory_slice, name_slice) != GLOB_YES)
        list = list->next;
    return list;
}

struct policy_glob_text policy_glob_text(const struct policy_glob *glob)
{
    return (struct policy_glob_text){glob->text.bytes, glob->text.length, glob->line};
}

bool policy_glob_is_wide(const struct policy_glob *glob)
{
    return glob_is_wide(glob);
}

const struct policy_glob *policy_next_glob(const struct policy_glob *glob)
{
    return glob->next;
}

static enum glob_verdict match_rule(const struct policy_rule *rule, struct slice directory,
                                    struct slice name)
{
    enum glob_verdict matched = match_any(rule->match, directory, name);
    if (matched == GLOB_NO)
        return GLOB_NO;
    switch (match_any(rule->except, directory, name)) {
    case GLOB_YES:
        return GLOB_NO;
    case GLOB_DEPENDS:
        return GLOB_DEPENDS;
    default:
        return matched;
    }
}

/* Nearly every name in the life of a process ends here, so it takes no call. */
static inline bool may_match_rule(const struct policy_rule *rule, struct slice name)
{
    const struct policy_glob *glob = rule->match;

    while (glob && !slice_ends(name, glob->ending))
        glob = glob->next;
    return glob != NULL;
}

enum policy_answer policy_match(const struct policy *policy, const char *directory,
                                size_t directory_length, const char *name, size_t name_length,
                                const struct policy_rule **rule)
{
    const struct policy_rule *end = policy->rules + policy->rule_count;

    for (const struct policy_rule *r = policy->rules; r < end; r++) {
        if (!may_match_rule(r, (struct slice){name, name_length}))
            continue;
        switch (match_rule(r, (struct slice){directory, directory_length},
                           (struct slice){name, name_length})) {
        case GLOB_YES:
            *rule = r;
            return POLICY_MATCH;
        case GLOB_DEPENDS:
            return POLICY_NEEDS_DIRECTORY;
        default:
            break;
        }
    }
    return POLICY_NO_MATCH;
}
