/*
 * The lines of a policy file, and the list of OWNERONLY_MATCH.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "policy/file/parser.h"

#define RULE_NAME_MAX 64
#define RULE_NAME_PROBLEM " is no rule name; use 1 to 64 of A-Z a-z 0-9 . _ -"

/* The shortest rule that is read to its end, and so the most rules that a text can begin. */
#define SHORTEST_RULE (sizeof "[a]\nmatch=b\n" - 1)

static size_t rules_max(size_t text_length)
{
    return text_length / SHORTEST_RULE + 1;
}

static size_t memory_size(size_t text_length, size_t paths, const struct policy_context *context)
{
    size_t for_each_rule = sizeof(struct policy_rule) + RULE_NAMES_MEMORY_EACH;
    size_t for_each_glob = sizeof(struct policy_glob) + GLOB_MEMORY_EACH + ENDING_INDEX_MEMORY_EACH;
    size_t for_each_byte = GLOB_MEMORY_PER_BYTE + sizeof(char); /* the latter of a rule's name */
    size_t globs_max = text_length / 2 + 1;                     /* a byte, and what separates it */
    size_t home = context->home ? strlen(context->home) : 0;

    return sizeof(struct policy) + ENDING_INDEX_MEMORY + rules_max(text_length) * for_each_rule +
           home + paths + globs_max * for_each_glob + text_length * for_each_byte;
}

static bool refuse(const struct parser *parser, const char *what, struct slice quoted,
                   const char *why)
{
    struct text message = parser_refuse(parser, parser->line);
    text_put(&message, what);
    text_put_quoted(&message, quoted);
    text_put(&message, why);
    return false;
}

static bool is_rule_name(struct slice name)
{
    for (size_t i = 0; i < name.length; i++) {
        char c = name.bytes[i];
        bool alphanumeric =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!alphanumeric && c != '.' && c != '_' && c != '-')
            return false;
    }
    return name.length > 0 && name.length <= RULE_NAME_MAX;
}

static bool begin_rule(struct parser *parser, struct slice name)
{
    char *copy = ARENA_TAKE(&parser->arena, char, name.length + 1);
    memcpy(copy, name.bytes, name.length);
    copy[name.length] = '\0';
    parser_add_rule(parser, copy);

    const struct policy_rule *same = rule_names_add(&parser->names, parser->rule);
    if (!same)
        return true;
    struct text message = parser_refuse(parser, parser->line);
    text_put(&message, "rule ");
    text_put_quoted(&message, name);
    text_put(&message, " is there already, in line ");
    text_put_number(&message, same->line);
    if (same->file != parser->file) {
        text_put(&message, " of ");
        text_put(&message, same->file);
    }
    return false;
}

static bool read_section(struct parser *parser, struct slice line)
{
    struct slice name = slice_after(line, 1);

    if (line.bytes[line.length - 1] != ']')
        return refuse(parser, "", line, " is no rule's beginning; write [NAME] on its own line");
    name.length--;
    if (!is_rule_name(name))
        return refuse(parser, "", name, RULE_NAME_PROBLEM);
    if (parser->rule && !parser_end_rule(parser))
        return false;
    return begin_rule(parser, name);
}

static bool read_setting(struct parser *parser, struct slice line)
{
    struct slice rest = line;
    struct slice key = slice_take_until(&rest, '=');

    if (key.length == line.length)
        return refuse(parser, "", line,
                      " is neither [NAME] nor 'key = value' nor 'include FILE' nor '# comment'");
    key = slice_trim(key);
    if (slice_equals(key, slice_of("include")))
        return refuse(parser, "", key, " takes no '='; write 'include FILE' on its own line");
    return parser_read_key(parser, key, slice_trim(rest));
}

static bool read_line(struct parser *parser, struct slice line)
{
    if (line.length > 0 && line.bytes[line.length - 1] == '\r')
        line.length--;
    line = slice_trim(line);
    if (memchr(line.bytes, '\0', line.length))
        return refuse(parser, "", line, " holds a NUL byte; a policy is plain text");
    if (line.length == 0 || line.bytes[0] == '#')
        return true;
    return line.bytes[0] == '[' ? read_section(parser, line) : read_setting(parser, line);
}

/* A file that protects nothing is a mistake, also where others do. */
static bool refuse_empty(struct parser *parser)
{
    struct text message = parser_refuse(parser, 1);
    text_put(&message, "no rule, so nothing would be protected; begin one by [NAME]");
    return false;
}

static bool read_lines(struct parser *parser, const struct policy_piece *piece)
{
    struct slice text = {piece->text, piece->length};
    struct slice byte_order_mark = slice_of(BYTE_ORDER_MARK);

    parser->file = piece->file;
    parser->rule = NULL;
    if (piece->line == 1 && slice_begins(text, byte_order_mark))
        text = slice_after(text, byte_order_mark.length);
    for (parser->line = piece->line; text.length > 0; parser->line++)
        if (!read_line(parser, slice_take_until(&text, '\n')))
            return false;
    if (parser->rule)
        return parser_end_rule(parser);
    return !piece->is_all || refuse_empty(parser);
}

static bool is_colon(char c)
{
    return c == ':';
}

static bool read_globs(struct parser *parser, struct slice list)
{
    parser_add_rule(parser, "OWNERONLY_MATCH");
    for (;;) {
        struct slice glob = slice_first(list, glob_text_length(list, is_colon));
        if (glob.length == 0)
            return refuse(parser, "an empty glob in ", list,
                          "; write globs with one ':' between two");
        if (!parser_add_glob(parser, &parser->match_end, glob))
            return false;
        if (glob.length == list.length)
            return true;
        list = slice_after(list, glob.length + 1);
    }
}

static bool read_piece(struct parser *parser, const struct policy_piece *piece)
{
    if (!piece->is_globs)
        return read_lines(parser, piece);
    parser->file = NULL;
    parser->line = 0;
    return read_globs(parser, (struct slice){piece->text, piece->length});
}

static size_t total_length(const struct policy_piece *pieces, size_t count)
{
    size_t length = 0;

    /* A rule may end with its piece, where the newline is missing that rules_max() counts; and
     * globs are a rule, however short. */
    for (size_t i = 0; i < count; i++)
        length += pieces[i].length + (pieces[i].is_globs ? SHORTEST_RULE : 1);
    return length;
}

size_t policy_memory_size(const struct policy_piece *pieces, size_t count,
                          const struct policy_context *context)
{
    size_t paths = 0;

    for (size_t i = 0; i < count; i++)
        paths += pieces[i].file ? strlen(pieces[i].file) + 1 : 0;
    return memory_size(total_length(pieces, count), paths, context);
}

const struct policy *policy_parse(const struct policy_piece *pieces, size_t count,
                                  const struct policy_context *context, void *memory,
                                  struct policy_error *error)
{
    struct parser parser =
        parser_begin(context, memory, rules_max(total_length(pieces, count)), error);

    for (size_t i = 0; i < count; i++)
        if (!read_piece(&parser, &pieces[i]))
            return NULL;
    return parser_end(&parser);
}
