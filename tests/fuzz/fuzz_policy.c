/*
 * Contract 502: any text at all is read into the promised memory, or refused with a message.
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

static void check(policy_reader *reader, const char *text, size_t length,
                  const struct policy_context *context)
{
    struct policy_read read = policy_read(reader, text, length, context);

    if (read.policy) {
        if (read.policy->rule_count == 0)
            abort();
        ask_about(read.policy, text, length);
    } else {
        if (!memchr(read.error.text, '\0', sizeof read.error.text) || read.error.text[0] == '\0')
            abort();
        if ((read.error.line == 0) != (reader == policy_from_globs))
            abort();
    }
    policy_read_free(&read);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check(policy_parse, (const char *)data, size, &with_home);
    check(policy_parse, (const char *)data, size, &without_home);
    check(policy_from_globs, (const char *)data, size, &with_home);
    return 0;
}
