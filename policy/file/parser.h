/*
 * What the readers of a policy's text share.
 *
 * A reader that returns false has filled in parser->error, and the whole policy is refused.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_POLICY_FILE_PARSER_H
#define OWNERONLY_POLICY_FILE_PARSER_H

#include "policy/base/arena.h"
#include "policy/base/slice.h"
#include "policy/base/text.h"
#include "policy/file/policy_file.h"
#include "policy/file/rule_names.h"
#include "policy/glob/glob.h"

#define BYTE_ORDER_MARK "\xEF\xBB\xBF"

enum key_id {
    KEY_MATCH,
    KEY_EXCEPT,
    KEY_MODE,
    KEY_GROUP,
    KEY_SYMLINK,
    KEY_CONTENT,
    KEY_DURABILITY,
    KEY_PUBLISH,
    KEY_IN_PLACE,
    KEY_APPEND,
    KEY_RENAME,
    KEY_CHMOD,
    KEY_RULE_COUNT, /* from here on they are about the whole policy */
    KEY_KEEP_LOADED = KEY_RULE_COUNT,
    KEY_COUNT
};

struct parser {
    struct arena arena;
    const struct policy_context *context;
    struct policy_error *error;
    struct slice home; /* as glob_compile() wants it */
    struct policy *policy;
    struct policy_rule *rules;
    struct policy_rule *rule; /* being read; NULL before the first */
    struct rule_names names;
    /* Where the next glob is hung in: the end of the rule's list. */
    const struct policy_glob **match_end;
    const struct policy_glob **except_end;
    const char *file; /* NULL: it is not known */
    unsigned line;
    /* Where the keys of the rule, and those of the policy, are set; line 0: not set. */
    unsigned key_lines[KEY_COUNT];
    const char *key_files[KEY_COUNT];
};

/* parser.c: the policy, empty, at the front of memory, with room for as many rules. */
struct parser parser_begin(const struct policy_context *context, void *memory, size_t rules_max,
                           struct policy_error *error);

/* parser.c: an error at that line; what is put into the text is its message. */
struct text parser_refuse(const struct parser *parser, unsigned line);

/* parser.c: one more rule, all its keys at their defaults. */
void parser_add_rule(struct parser *parser, const char *name);

/* parser.c: one more glob in the list that ends at **end. */
bool parser_add_glob(struct parser *parser, const struct policy_glob ***end, struct slice text);

/* parser.c: the finished policy. */
const struct policy *parser_end(struct parser *parser);

/* keys.c: "key = value", both without blanks around them, in a rule or before the first. */
bool parser_read_key(struct parser *parser, struct slice key, struct slice value);

/* keys.c: what can only be said when the whole rule is read. */
bool parser_end_rule(const struct parser *parser);

#endif
