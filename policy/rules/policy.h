/*
 * The policy: named rules that say which names are protected, and how; and which of them matches.
 *
 * For whoever asks about a name, or acts on a rule.  How a policy is read: file/policy_file.h.
 *
 * Pure: nothing here opens a file, allocates, locks, or touches errno, so every function is
 * async-signal-safe.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_POLICY_RULES_POLICY_H
#define OWNERONLY_POLICY_RULES_POLICY_H

#include "policy/rules/ending_index.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The first value of each is the default. */
enum policy_symlink { POLICY_SYMLINK_REPLACE, POLICY_SYMLINK_REFUSE, POLICY_SYMLINK_FOLLOW };
enum policy_content { POLICY_CONTENT_ANY, POLICY_CONTENT_JSON };
enum policy_durability {
    POLICY_DURABILITY_FILE,
    POLICY_DURABILITY_NONE,
    POLICY_DURABILITY_DIRECTORY
};
enum policy_publish { POLICY_PUBLISH_CLOSE, POLICY_PUBLISH_OPEN };
enum policy_in_place { POLICY_IN_PLACE_REFUSE, POLICY_IN_PLACE_ALLOW, POLICY_IN_PLACE_ALWAYS };
enum policy_append { POLICY_APPEND_IN_PLACE, POLICY_APPEND_COPY };
enum policy_rename { POLICY_RENAME_TIGHTEN, POLICY_RENAME_PASS };
enum policy_chmod { POLICY_CHMOD_PASS, POLICY_CHMOD_CLAMP };
enum policy_keep_loaded { POLICY_KEEP_LOADED_NO, POLICY_KEEP_LOADED_YES };

#define POLICY_NO_GROUP ((gid_t)-1)

struct policy_glob; /* glob.h */

struct policy_rule {
    const char *name; /* as in [name] */
    const char *file; /* NULL for the built-in rule, OWNERONLY_MATCH and a text that is no file */
    unsigned line;    /* of the [name]; 0 for the built-in rule and OWNERONLY_MATCH */
    mode_t mode;      /* permission bits of the published file */
    gid_t group;      /* POLICY_NO_GROUP: leave as created */
    enum policy_symlink symlink;
    enum policy_content content;
    enum policy_durability durability;
    enum policy_publish publish;
    enum policy_in_place in_place;
    enum policy_append append;
    enum policy_rename rename;
    enum policy_chmod chmod;
    const struct policy_glob *match;  /* a list */
    const struct policy_glob *except; /* a list, or NULL */
};

struct policy {
    const struct policy_rule *rules; /* the first that matches wins */
    size_t rule_count;
    bool last_bytes[UINT8_MAX + 1];     /* of the names that may match */
    const struct ending_index *endings; /* of the names that may match; NULL: any */
    bool clamps;                        /* a rule says chmod = clamp */
    bool follows;                       /* a rule says symlink = follow */
    enum policy_keep_loaded keep_loaded;
};

/* What is in force when nothing is configured. */
extern const struct policy policy_builtin;

/* Nothing is protected. */
extern const struct policy policy_none;

/* The built-in policy as a text, to be read behind globs, which come first. */
extern const char policy_builtin_text[];

/* A cheap test to make first: false means that no rule matches a path that ends like this. */
static inline bool policy_may_match(const struct policy *policy, const char *path, size_t length)
{
    return length > 0 && policy->last_bytes[(unsigned char)path[length - 1]] &&
           (!policy->endings || ending_index_may_have(policy->endings, path, length));
}

enum policy_answer {
    POLICY_NO_MATCH,
    POLICY_MATCH,          /* *rule is set */
    POLICY_NEEDS_DIRECTORY /* directory was NULL, and the answer depends on it */
};

/*
 * Which rule protects `name`, a last component (no '/'), in `directory`, the absolute real path of
 * its directory without a trailing '/' ("" for the root), or NULL when it is not known yet.
 */
enum policy_answer policy_match(const struct policy *policy, const char *directory,
                                size_t directory_length, const char *name, size_t name_length,
                                const struct policy_rule **rule);

/* The text of a glob as it was written, and its line (0: it has none). */
struct policy_glob_text {
    const char *bytes;
    size_t length;
    unsigned line;
};

/*
 * The first glob of a list, rule->match or rule->except, that matches: NULL if none does.  The
 * directory must be known.
 */
const struct policy_glob *policy_matching_glob(const struct policy_glob *list,
                                               const char *directory, size_t directory_length,
                                               const char *name, size_t name_length);

struct policy_glob_text policy_glob_text(const struct policy_glob *glob);

/* Does it match nearly any name, wherever that is?  "*" does, and "[!.]*". */
bool policy_glob_is_wide(const struct policy_glob *glob);

const struct policy_glob *policy_next_glob(const struct policy_glob *glob);

#endif
