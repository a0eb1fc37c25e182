/*
 * "key = value": read, checked, and put into the rule or the policy.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "policy/file/group_file.h"
#include "policy/file/key_table.h"
#include "policy/file/parser.h"

/* Do they differ in no more than one stretch of two bytes?  Then one is a slip for the other. */
static bool resembles(struct slice a, struct slice b)
{
    size_t shorter = a.length < b.length ? a.length : b.length;
    size_t longer = a.length < b.length ? b.length : a.length;
    size_t same = 0;
    size_t from_end = 0;

    while (same < shorter && a.bytes[same] == b.bytes[same])
        same++;
    while (same + from_end < shorter &&
           a.bytes[a.length - 1 - from_end] == b.bytes[b.length - 1 - from_end])
        from_end++;
    return same + from_end > 0 && same + from_end + 2 >= longer;
}

static bool refuse_key(const struct parser *parser, struct slice name)
{
    struct text message = parser_refuse(parser, parser->line);

    text_put(&message, "unknown key ");
    text_put_quoted(&message, name);
    for (size_t id = 0; id < KEY_COUNT; id++) {
        if (resembles(name, slice_of(key_table[id].name))) {
            text_put(&message, "; did you mean ");
            text_put_quoted(&message, slice_of(key_table[id].name));
            text_put(&message, "?");
            return false;
        }
    }
    size_t first = parser->rule ? 0 : KEY_RULE_COUNT;
    size_t end = parser->rule ? KEY_RULE_COUNT : KEY_COUNT;
    text_put(&message, parser->rule ? "; the keys are " : "; before the first rule the keys are ");
    for (size_t id = first; id < end; id++) {
        text_put(&message, id == first ? "" : ", ");
        text_put(&message, key_table[id].name);
    }
    return false;
}

/* A rule of this file, though of an earlier piece, or NULL. */
static const struct policy_rule *first_rule_of_file(const struct parser *parser)
{
    for (size_t i = 0; i < parser->policy->rule_count; i++)
        if (parser->rules[i].file == parser->file)
            return &parser->rules[i];
    return NULL;
}

/* What is about all stands before the first rule of its file, and nothing else does. */
static bool is_in_place(const struct parser *parser, enum key_id id)
{
    const struct policy_rule *first = first_rule_of_file(parser);

    if (id < KEY_RULE_COUNT ? parser->rule != NULL : !first)
        return true;
    struct text message = parser_refuse(parser, parser->line);
    text_put(&message, "key ");
    text_put_quoted(&message, slice_of(key_table[id].name));
    if (id < KEY_RULE_COUNT) {
        text_put(&message, " stands before the first rule; begin one by [NAME]");
        return false;
    }
    text_put(&message, " is about the whole policy; write it before the first rule, in line ");
    text_put_number(&message, first->line);
    return false;
}

static bool refuse_repeated(const struct parser *parser, enum key_id id)
{
    struct text message = parser_refuse(parser, parser->line);
    text_put(&message, "key ");
    text_put_quoted(&message, slice_of(key_table[id].name));
    text_put(&message, " is set already, in line ");
    text_put_number(&message, parser->key_lines[id]);
    if (parser->key_files[id] != parser->file) {
        text_put(&message, " of ");
        text_put(&message, parser->key_files[id]);
    }
    text_put(&message, "; keep one of the two");
    return false;
}

static bool refuse_value(const struct parser *parser, unsigned line, const struct key *key,
                         struct slice value, const char *why)
{
    struct text message = parser_refuse(parser, line);
    text_put(&message, key->name);
    text_put(&message, " ");
    text_put_quoted(&message, value);
    text_put(&message, " ");
    text_put(&message, why);
    return false;
}

static bool refuse_word(const struct parser *parser, const struct key *key, struct slice value)
{
    struct text message = parser_refuse(parser, parser->line);
    text_put(&message, key->name);
    text_put(&message, " ");
    text_put_quoted(&message, value);
    text_put(&message, " is not known; use ");
    for (size_t i = 0; i < KEY_WORDS_MAX && key->words[i][0] != '\0'; i++) {
        text_put(&message, i == 0 ? "" : ", ");
        text_put(&message, key->words[i]);
    }
    return false;
}

static bool read_word(const struct parser *parser, const struct key *key, struct slice value)
{
    /* An enum without negative values is stored like this by both compilers. */
    unsigned word = 0;
    _Static_assert(sizeof word == sizeof(enum policy_symlink), "an enum of another size");

    while (word < KEY_WORDS_MAX && !slice_equals(value, slice_of(key->words[word])))
        word++;
    if (word == KEY_WORDS_MAX)
        return refuse_word(parser, key, value);
    bool of_rule = key < &key_table[KEY_RULE_COUNT];
    memcpy((of_rule ? (char *)parser->rule : (char *)parser->policy) + key->field, &word,
           sizeof word);
    return true;
}

static bool read_globs(struct parser *parser, enum key_id id, struct slice value)
{
    const struct policy_glob ***end = id == KEY_MATCH ? &parser->match_end : &parser->except_end;

    for (; value.length > 0; value = slice_trim(value)) {
        struct slice glob = slice_first(value, glob_text_length(value, slice_is_blank));
        if (glob.bytes[0] == '#')
            return refuse_value(parser, parser->line, &key_table[id], glob,
                                "looks like a comment, which needs a line of its own; write '\\#' "
                                "for a glob that begins with '#'");
        if (!parser_add_glob(parser, end, glob))
            return false;
        value = slice_after(value, glob.length);
    }
    return true;
}

static bool read_octal(struct slice value, mode_t *mode)
{
    *mode = 0;
    for (size_t i = 0; i < value.length && *mode <= 07777; i++) {
        if (value.bytes[i] < '0' || value.bytes[i] > '7')
            return false;
        *mode = *mode << 3 | (mode_t)(value.bytes[i] - '0');
    }
    return true;
}

#define RIGHT_MODES "; use 0600 or, together with group, 0640"

static const char *problem_of_mode(mode_t mode)
{
    if (mode > 0777)
        return "has more than permission bits" RIGHT_MODES;
    if (mode & 07)
        return "grants others access" RIGHT_MODES;
    if (!(mode & 0700))
        return "leaves the owner no access" RIGHT_MODES;
    return NULL;
}

static bool read_mode(const struct parser *parser, const struct key *key, struct slice value)
{
    mode_t mode;
    const char *problem =
        read_octal(value, &mode) ? problem_of_mode(mode) : "is not an octal number" RIGHT_MODES;
    if (problem)
        return refuse_value(parser, parser->line, key, value, problem);
    parser->rule->mode = mode;
    return true;
}

static bool read_group(const struct parser *parser, const struct key *key, struct slice value)
{
    gid_t *gid = &parser->rule->group;

    return group_id_read(value.bytes, value.length, gid) ||
           parser->context->group_id(value.bytes, value.length, gid) ||
           refuse_value(parser, parser->line, key, value,
                        "is neither a gid nor a name in the group file");
}

static bool read_value(struct parser *parser, enum key_id id, struct slice value)
{
    switch (key_table[id].kind) {
    case VALUE_GLOBS:
        return read_globs(parser, id, value);
    case VALUE_MODE:
        return read_mode(parser, &key_table[id], value);
    case VALUE_GROUP:
        return read_group(parser, &key_table[id], value);
    default:
        return read_word(parser, &key_table[id], value);
    }
}

bool parser_read_key(struct parser *parser, struct slice key, struct slice value)
{
    enum key_id id = 0;

    while (id < KEY_COUNT && !slice_equals(key, slice_of(key_table[id].name)))
        id++;
    if (id == KEY_COUNT)
        return refuse_key(parser, key);
    if (!is_in_place(parser, id))
        return false;
    if (parser->key_lines[id] > 0 && key_table[id].kind != VALUE_GLOBS)
        return refuse_repeated(parser, id);
    if (value.length == 0)
        return refuse_value(parser, parser->line, &key_table[id], value,
                            "is no value; write one behind '='");
    parser->key_lines[id] = parser->line;
    parser->key_files[id] = parser->file;
    return read_value(parser, id, value);
}

bool parser_end_rule(const struct parser *parser)
{
    const struct policy_rule *rule = parser->rule;

    if (!rule->match) {
        struct text message = parser_refuse(parser, rule->line);
        text_put(&message, "rule ");
        text_put_quoted(&message, slice_of(rule->name));
        text_put(&message, " has no match, so it protects nothing; add 'match = GLOB'");
        return false;
    }
    if ((rule->mode & 070) && rule->group == POLICY_NO_GROUP) {
        struct text message = parser_refuse(parser, parser->key_lines[KEY_MODE]);
        text_put(&message, "mode grants the group access, but the rule names no group; "
                           "add 'group = NAME', or use 0600");
        return false;
    }
    return true;
}
