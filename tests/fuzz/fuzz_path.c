/*
 * Contract 5xx: which rule protects a path is what its globs say one by one, however the rules are
 * put together, and how the path is cut makes no difference.
 * The input is a match, an except, a second rule's match and a path, with a NUL between them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "policy_helper.h"
#include "shim/base/path.h"

#include <stdio.h>

#define INPUT_MAX 256

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct path {
    char directory[PATH_MAX]; /* "" for the root, as policy_match() wants it */
    const char *name;
};

/* As the hooks cut a path, which must be one that the kernel could return for a real file. */
static bool cut(const char *path, struct path *parts)
{
    size_t length = strlen(path);
    parts->name = path_name(path, length);
    if (path[0] != '/' || strstr(path, "//") || path_name_is_directory(parts->name))
        return false;
    if (path_directory(path, parts->name, parts->directory) < 0)
        return false;
    char joined[PATH_MAX + NAME_MAX + 1];
    snprintf(joined, sizeof joined, "%s%s", parts->directory, parts->name);
    if (strcmp(joined, path) != 0)
        abort();
    size_t end = strlen(parts->directory);
    parts->directory[end - 1] = '\0';
    return true;
}

/* The name of the rule that matches, "" for none, or NULL if the text is no policy. */
static const char *rule_of(const char *text, const struct path *path, char name[16])
{
    struct policy_read read = policy_read_text(text, strlen(text), &with_home);
    const struct policy_rule *rule = NULL;
    if (!read.policy) {
        policy_read_free(&read);
        return NULL;
    }
    size_t length = strlen(path->name);
    enum policy_answer answer = policy_match(read.policy, path->directory, strlen(path->directory),
                                             path->name, length, &rule);
    if (answer == POLICY_NEEDS_DIRECTORY || (answer == POLICY_MATCH) != (rule != NULL))
        abort();
    if (rule && !policy_may_match(read.policy, path->name, length))
        abort();
    snprintf(name, 16, "%s", rule ? rule->name : "");
    policy_read_free(&read);
    return name;
}

static const char *rule_of_glob(const char *glob, const struct path *path, char name[16])
{
    char text[INPUT_MAX + 64];
    snprintf(text, sizeof text, "[one]\nmatch = %s\n", glob);
    return rule_of(text, path, name);
}

static void check(const char *match, const char *except, const char *second,
                  const struct path *path)
{
    char text[INPUT_MAX + 64];
    char by_match[16], by_except[16], by_second[16], together[16];
    if (!rule_of_glob(match, path, by_match) || !rule_of_glob(except, path, by_except) ||
        !rule_of_glob(second, path, by_second))
        return;
    snprintf(text, sizeof text, "[one]\nmatch = %s\nexcept = %s\n[two]\nmatch = %s\n", match,
             except, second);
    if (!rule_of(text, path, together))
        abort();
    const char *expected = *by_match && !*by_except ? "one" : *by_second ? "two" : "";
    if (strcmp(together, expected) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char input[INPUT_MAX];
    const char *fields[4];
    struct path path;

    if (size >= sizeof input)
        return 0;
    memcpy(input, data, size);
    input[size] = '\0';
    const char *at = input;
    for (int i = 0; i < 4; i++) {
        fields[i] = at;
        at += strlen(at) + (at + strlen(at) < input + size);
    }
    for (int i = 0; i < 3; i++)
        if (strchr(fields[i], '\n'))
            return 0;
    if (cut(fields[3], &path))
        check(fields[0], fields[1], fields[2], &path);
    return 0;
}
