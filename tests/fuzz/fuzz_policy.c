/*
 * Contract 502: any text at all is read into the promised memory, or refused with a message; also
 * when it is cut into pieces where it includes other files.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "policy_helper.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The last line of the input is asked about: a fuzzer finds names there that rules match. */
static void ask_about(const struct policy *policy, const char *text, size_t length)
{
    const char *newline = memrchr(text, '\n', length);
    const char *name = newline ? newline + 1 : text;
    size_t name_length = length - (size_t)(name - text);
    const struct policy_rule *rule = NULL;
    enum policy_answer unknown = policy_match(policy, NULL, 0, name, name_length, &rule);
    enum policy_answer known = policy_match(policy, "/d", 2, name, name_length, &rule);

    if (unknown != POLICY_NEEDS_DIRECTORY && unknown != known)
        abort();
    if (known == POLICY_NEEDS_DIRECTORY)
        abort();
    if (known == POLICY_MATCH && name_length > 0 && !policy_may_match(policy, name, name_length))
        abort();
}

static void check(bool is_globs, const char *text, size_t length,
                  const struct policy_context *context)
{
    struct policy_read read = is_globs ? policy_read_globs(text, length, context)
                                       : policy_read_text(text, length, context);

    if (read.policy) {
        if (read.policy->rule_count == 0)
            abort();
        ask_about(read.policy, text, length);
    } else {
        if (!memchr(read.error.text, '\0', sizeof read.error.text) || read.error.text[0] == '\0')
            abort();
        if ((read.error.line == 0) != is_globs)
            abort();
    }
    policy_read_free(&read);
}

#define PIECES_MAX 32

/* Cuts the text where it includes a file, as whoever reads the files does.  0: too many pieces. */
static size_t cut(struct policy_piece pieces[PIECES_MAX], const char *text, size_t length)
{
    static const char file[] = "/policy";
    struct policy_piece rest = {file, text, length, 1, true, false};
    struct policy_include include;
    size_t count = 0;
    while (policy_find_include(&rest, &include)) {
        if (include.begin >= include.end || include.end > rest.length || include.line < rest.line)
            abort();
        if (include.path_length == 0 || include.path < rest.text + include.begin ||
            include.path + include.path_length > rest.text + include.end)
            abort();
        if (count + 1 == PIECES_MAX)
            return 0;
        pieces[count++] =
            (struct policy_piece){file, rest.text, include.begin, rest.line, false, false};
        rest = (struct policy_piece){
            file, rest.text + include.end, rest.length - include.end, include.line + 1, false,
            false};
    }
    pieces[count++] = rest;
    return count;
}

static void check_pieces(const char *text, size_t length)
{
    struct policy_piece pieces[PIECES_MAX];
    size_t count = cut(pieces, text, length);
    if (count == 0)
        return;
    void *memory = malloc(policy_memory_size(pieces, count, &with_home));
    struct policy_error error;
    const struct policy *policy = policy_parse(pieces, count, &with_home, memory, &error);
    if (policy)
        ask_about(policy, text, length);
    else if (error.file != pieces[0].file || error.line == 0)
        abort();
    free(memory);
}

/* As OWNERONLY_MATCH is read where there is no other policy. */
static void check_globs_before_builtin(const char *globs, size_t length)
{
    const struct policy_piece pieces[] = {
        {.text = globs, .length = length, .is_globs = true},
        {.text = policy_builtin_text, .length = strlen(policy_builtin_text), .line = 1},
    };
    void *memory = malloc(policy_memory_size(pieces, 2, &with_home));
    struct policy_error error;
    const struct policy *policy = policy_parse(pieces, 2, &with_home, memory, &error);
    if (policy ? policy->rule_count != 2 : error.file != NULL || error.line != 0)
        abort();
    free(memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_pieces((const char *)data, size);
    check_globs_before_builtin((const char *)data, size);
    check(false, (const char *)data, size, &with_home);
    check(false, (const char *)data, size, &without_home);
    check(true, (const char *)data, size, &with_home);
    return 0;
}
