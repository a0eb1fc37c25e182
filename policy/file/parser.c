/*
 * Rules and globs, put together in the caller's memory.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "policy/file/parser.h"
#include "policy/file/glob_slips.h"

static struct slice home_of(const struct policy_context *context)
{
    if (!context->home || context->home[0] != '/')
        return (struct slice){NULL, 0};
    struct slice home = slice_of(context->home);
    while (home.length > 0 && home.bytes[home.length - 1] == '/')
        home.length--;
    return home;
}

static struct slice copy(struct arena *arena, struct slice slice)
{
    if (!slice.bytes)
        return slice;
    char *bytes = ARENA_TAKE(arena, char, slice.length);
    memcpy(bytes, slice.bytes, slice.length);
    return (struct slice){bytes, slice.length};
}

struct parser parser_begin(const struct policy_context *context, void *memory, size_t rules_max,
                           struct policy_error *error)
{
    struct parser parser = {.arena = {memory}, .context = context, .error = error};

    parser.policy = ARENA_TAKE(&parser.arena, struct policy, 1);
    parser.rules = ARENA_TAKE(&parser.arena, struct policy_rule, rules_max);
    parser.names = rule_names_begin(&parser.arena, rules_max);
    parser.home = copy(&parser.arena, home_of(context));
    *parser.policy = (struct policy){.rules = parser.rules};
    return parser;
}

struct text parser_refuse(const struct parser *parser, unsigned line)
{
    parser->error->file = parser->file;
    parser->error->line = line;
    return text_begin(parser->error->text, sizeof parser->error->text);
}

void parser_add_rule(struct parser *parser, const char *name)
{
    parser->rule = &parser->rules[parser->policy->rule_count++];
    *parser->rule = (struct policy_rule){
        .name = name,
        .file = parser->file,
        .line = parser->line,
        .mode = 0600,
        .group = POLICY_NO_GROUP,
    };
    parser->match_end = &parser->rule->match;
    parser->except_end = &parser->rule->except;
    memset(parser->key_lines, 0, KEY_RULE_COUNT * sizeof parser->key_lines[0]);
}

bool parser_add_glob(struct parser *parser, const struct policy_glob ***end, struct slice text)
{
    struct policy_glob *glob = ARENA_TAKE(&parser->arena, struct policy_glob, 1);
    const char *problem = glob_compile(glob, text, parser->home, &parser->arena);

    if (!problem)
        problem = glob_slip(text);
    if (problem) {
        struct text message = parser_refuse(parser, parser->line);
        text_put(&message, "glob ");
        text_put_quoted(&message, text);
        text_put(&message, " ");
        text_put(&message, problem);
        return false;
    }
    glob->next = NULL;
    glob->line = parser->line;
    **end = glob;
    *end = &glob->next;
    return true;
}

/* The paths of the files, of which the caller's need not last.  Rules of one file stand together.
 */
static void keep_files(struct parser *parser)
{
    const char *last = NULL;
    const char *kept = NULL;

    for (size_t i = 0; i < parser->policy->rule_count; i++) {
        const char **file = &parser->rules[i].file;
        if (*file && *file != last) {
            last = *file;
            kept = copy(&parser->arena, (struct slice){last, strlen(last) + 1}).bytes;
        }
        *file = *file ? kept : NULL;
    }
}

const struct policy *parser_end(struct parser *parser)
{
    struct policy *policy = parser->policy;
    struct byte_set last_bytes = {0};

    for (size_t i = 0; i < policy->rule_count; i++) {
        const struct policy_rule *rule = &policy->rules[i];
        policy->clamps |= rule->chmod == POLICY_CHMOD_CLAMP;
        policy->follows |= rule->symlink == POLICY_SYMLINK_FOLLOW;
        for (const struct policy_glob *glob = rule->match; glob; glob = glob->next)
            glob_add_last_bytes(glob, &last_bytes);
    }
    for (unsigned byte = 0; byte <= UINT8_MAX; byte++)
        policy->last_bytes[byte] = byte_set_has(&last_bytes, (unsigned char)byte);
    policy->endings = ending_index_make(policy, &parser->arena);
    keep_files(parser);
    return policy;
}
