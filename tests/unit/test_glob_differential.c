/*
 * Contract 5xx: globs match as fnmatch(3) does where it knows the dialect, and as a full search
 * does where it does not.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "glob_helper.h"
#include "glob_reference.h"

#include <fnmatch.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* Deterministic: a failure is the same failure the next time. */
static unsigned random_below(unsigned limit)
{
    static uint64_t state = 20240229;
    state = state * 6364136223846793005 + 1442695040888963407;
    return (unsigned)(state >> 33) % limit;
}

/* Up to `pieces` of the alphabet's strings; room for 5 bytes each. */
static void make_random(char *text, const char *const *alphabet, unsigned pieces)
{
    unsigned size = 0;

    while (alphabet[size])
        size++;
    text[0] = '\0';
    for (unsigned count = 1 + random_below(pieces); count > 0; count--)
        strcat(text, alphabet[random_below(size)]);
}

/* What is matched must also be foreseen, and what is not must not: by the ending, and by DEPENDS.
 */
static void check_consistency(const struct compiled *compiled, const char *glob, const char *path)
{
    enum glob_verdict known = match(compiled, path);
    enum glob_verdict unknown = match_unknown(compiled, path);
    struct byte_set last_bytes = {0};

    if (unknown != GLOB_DEPENDS && unknown != known)
        fail_msg("%s on %s: another answer without the directory", glob, path);
    if (unknown == GLOB_DEPENDS && !strchr(glob, '/'))
        fail_msg("%s on %s: depends on the directory", glob, path);
    glob_add_last_bytes(&compiled->glob, &last_bytes);
    if (known && !byte_set_has(&last_bytes, (unsigned char)path[strlen(path) - 1]))
        fail_msg("%s on %s: its last byte is not in the set", glob, path);
}

static void test_a_name_is_matched_as_fnmatch_does(void **state)
{
    (void)state;
    static const char *const globs[] = {
        "a",    "b",     "-",  ".",  "*",  "*",     "?",   "[", "]", "[!",
        "[ab]", "[]-a]", "\\", "[:", ":]", "alpha", "\\*", "^", NULL};
    static const char *const names[] = {"a", "b", "-", ".", "*", "[", "]", "^", ":", "\\", NULL};
    unsigned compared = 0;
    unsigned matched = 0;

    for (int i = 0; i < 200000; i++) {
        struct compiled compiled;
        char glob[64];
        char path[32] = "/";

        make_random(glob, globs, 8);
        make_random(path + 1, names, 6);
        if (compile(&compiled, glob))
            continue;
        enum glob_verdict expected = fnmatch(glob, path + 1, 0) == 0 ? GLOB_YES : GLOB_NO;
        if (match(&compiled, path) != expected)
            fail_msg("%s on %s", glob, path + 1);
        check_consistency(&compiled, glob, path);
        compared++;
        matched += expected == GLOB_YES;
    }
    assert_true(compared > 50000 && matched > 5000);
}

static void test_a_path_is_matched_as_fnmatch_does(void **state)
{
    (void)state;
    static const char *const globs[] = {"a", "b", "*", "?", "[!a]", "[+-0]", "/", "/", NULL};
    static const char *const paths[] = {"a", "b", "/a", "/b", NULL};
    unsigned matched = 0;

    for (int i = 0; i < 200000; i++) {
        struct compiled compiled;
        char glob[64] = "/";
        char path[32] = "/";

        make_random(glob + 1, globs, 6);
        make_random(path + 1, paths, 4);
        if (strstr(glob, "**") || strstr(path, "//") || compile(&compiled, glob))
            continue;
        enum glob_verdict expected = fnmatch(glob, path, FNM_PATHNAME) == 0 ? GLOB_YES : GLOB_NO;
        if (match(&compiled, path) != expected)
            fail_msg("%s on %s", glob, path);
        check_consistency(&compiled, glob, path);
        matched += expected == GLOB_YES;
    }
    assert_true(matched > 2000);
}

/* fnmatch(3) has no "**". */
static void test_double_stars_are_matched_as_a_full_search_does(void **state)
{
    (void)state;
    static const char *const globs[] = {"a", "b", "*", "**", "**/", "/", "/**/", "?", NULL};
    static const char *const paths[] = {"a", "b", "/a", "/b", NULL};
    unsigned matched = 0;

    for (int i = 0; i < 300000; i++) {
        struct compiled compiled;
        char glob[64];
        char from_root[64];
        char path[32] = "/";

        make_random(glob, globs, 9);
        make_random(path + 1, paths, 8);
        if (strstr(path, "//") || compile(&compiled, glob))
            continue;
        const char *beginning = glob[0] == '/' ? "" : "/**/";
        const char *subject = strchr(glob, '/') ? path : strrchr(path, '/');
        strcat(strcpy(from_root, beginning), glob);
        enum glob_verdict expected = glob_reference(from_root, subject) ? GLOB_YES : GLOB_NO;
        if (match(&compiled, path) != expected)
            fail_msg("%s on %s", glob, path);
        check_consistency(&compiled, glob, path);
        matched += expected == GLOB_YES;
    }
    assert_true(matched > 5000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_name_is_matched_as_fnmatch_does),
        cmocka_unit_test(test_a_path_is_matched_as_fnmatch_does),
        cmocka_unit_test(test_double_stars_are_matched_as_a_full_search_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
