/*
 * A policy as text: read into rules, and said again.
 *
 * For whoever finds the files (shim/config) or shows what they say (scripts/operator).  The
 * language is described in owneronly.conf(5).  Pure: no file is opened here, so every function is
 * async-signal-safe.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_POLICY_FILE_POLICY_FILE_H
#define OWNERONLY_POLICY_FILE_POLICY_FILE_H

#include "policy/rules/policy.h"

/* What the text cannot say for itself. */
struct policy_context {
    /* The real path that a leading "~/" stands for.  NULL: not known, and "~/" is an error. */
    const char *home;
    /* The gid of a group name of `length` bytes into *gid.  False: there is no such group. */
    bool (*group_id)(const char *name, size_t length, gid_t *gid);
};

struct policy_error {
    const char *file; /* of the piece; NULL for globs, and for a text that is no file */
    unsigned line;    /* 1-based; 0 when the text has no lines (OWNERONLY_MATCH) */
    char text[240];   /* what was found, and what would be right */
};

/*
 * A run of whole lines of a policy file, which is cut where it includes another file: a rule ends
 * there.  Whoever reads the files puts the pieces in the order in which they count.
 *
 * Or the globs of OWNERONLY_MATCH, separated by ':': one rule, every other key at its default.
 */
struct policy_piece {
    const char *file; /* its path; NULL of globs, and built in */
    const char *text;
    size_t length;
    unsigned line; /* of the first line, 1-based; 0 of globs */
    bool is_all;   /* of a file that includes nothing, so that a rule must be in it */
    bool is_globs;
};

/* A line "include PATH", both without blanks around them. */
struct policy_include {
    size_t begin; /* of the line */
    size_t end;   /* of the line, behind its newline */
    unsigned line;
    const char *path; /* not terminated, never empty */
    size_t path_length;
};

/* The first line that includes a file in a piece of one; false if there is none. */
bool policy_find_include(const struct policy_piece *piece, struct policy_include *include);

/*
 * Bytes of memory that policy_parse() of these pieces can need at most: about 70 for each byte of
 * text, most of which are never touched.
 */
size_t policy_memory_size(const struct policy_piece *pieces, size_t count,
                          const struct policy_context *context);

/*
 * Reads the pieces of a policy, in the order in which their rules count.
 * memory: policy_memory_size() bytes, suitably aligned for any type; the caller owns it and keeps
 * it for as long as the policy is used.  The texts and paths may be freed afterwards.
 * Returns the policy, inside memory, or NULL with *error filled in.
 */
const struct policy *policy_parse(const struct policy_piece *pieces, size_t count,
                                  const struct policy_context *context, void *memory,
                                  struct policy_error *error);

#define POLICY_VALUE_SIZE 16

/*
 * The rule's setting number `index`, other than its globs, in the words of owneronly.conf(5).
 * Returns the key, or NULL behind the last one.  A key that is not set (group) has the value "".
 */
const char *policy_setting(const struct policy_rule *rule, unsigned index,
                           char value[POLICY_VALUE_SIZE]);

/* The same for the settings of the whole policy, which stand before its rules. */
const char *policy_global_setting(const struct policy *policy, unsigned index,
                                  char value[POLICY_VALUE_SIZE]);

#endif
