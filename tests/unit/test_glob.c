/*
 * Contract 5xx: which paths a glob matches.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "glob_helper.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const struct example {
    const char *glob;
    const char *path;
    bool matches;
} examples[] = {
    /* the last component alone */
    {"*client_api_config.json", "/a/client_api_config.json", true},
    {"*client_api_config.json", "/a/my_client_api_config.json", true},
    {"*client_api_config.json", "/client_api_config.json/x", false},
    {"*client_api_config.json", "/a/client_api_config.json~", false},
    {"*client_api_config.json", "/a/config.json", false},
    {"token", "/token", true},
    {"token", "/a/b/token", true},
    {"token", "/a/b/my-token", false},
    {"token", "/a/token/b", false},
    {"*", "/a/.hidden", true},
    {"?idden", "/a/.idden", true},
    {"a*b*c", "/a/abxbc", true},
    {"a*b*c", "/a/abxbcx", false},
    {"a**c", "/a/abc", true},
    {"**/x", "/x", true},
    {"**/x", "/a/b/x", true},
    {"**/x", "/a/b/xx", false},
    {"a\\*b", "/a*b", true},
    {"a\\*b", "/axb", false},
    {"\\a\\\\", "/a\\", true},
    {"~", "/~", true},
    {"~a", "/~a", true},
    {"\xFF*\xFE", "/\xFF\x80\xFE", true},
    {"?", "/\xC3\xA4", false},
    {"??", "/\xC3\xA4", true},
    /* brackets */
    {"[]a]", "/]", true},
    {"[!]a]", "/]", false},
    {"[!]a]", "/b", true},
    {"[^a]", "/b", true},
    {"[^a]", "/a", false},
    {"[a-]", "/-", true},
    {"[--0]", "/.", true},
    {"[--0]x", "/a/+x", false},
    {"[a-c-e]", "/d", false},
    {"[a-c-e]", "/-", true},
    {"[\\]x]", "/]", true},
    {"[\\a-\\c]", "/b", true},
    {"[[]", "/[", true},
    {"[[:]", "/:", true},
    {"[[:digit:]-z]", "/-", true},
    {"[![:digit:][:upper:]]", "/a", true},
    {"[![:digit:][:upper:]]", "/A", false},
    {"[\x80-\xFF]", "/\xA0", true},
    {"[\x80-\xFF]", "/a", false},
    /* the directory too */
    {"startup/*.key", "/x/y/startup/a.key", true},
    {"startup/*.key", "/startup/a.key", true},
    {"startup/*.key", "/x/mystartup/a.key", false},
    {"startup/*.key", "/x/startup/y/a.key", false},
    {"/startup/*.key", "/startup/a.key", true},
    {"/startup/*.key", "/x/startup/a.key", false},
    {"x\\/startup/a", "/x/startup/a", true},
    {"*/startup/a", "/startup/a", false},
    {"*/startup/a", "/x/startup/a", true},
    {"/*/b", "/a/x/b", false},
    {"/?/b", "/a/b", true},
    {"/a?b", "/a/b", false},
    {"/a[!x]b", "/a/b", false},
    {"/a[+-0]b", "/a/b", false},
    {"/a*", "/a", true},
    {"/a*", "/ab/c", false},
    {"a/**/b", "/a/b", true},
    {"a/**/b", "/a/x/b", true},
    {"a/**/b", "/0/a/x/y/b", true},
    {"a/**/b", "/a/xb", false},
    {"a/**/b", "/ab", false},
    {"a/**/**/b", "/a/b", true},
    {"a/***/b", "/a/x/b", true},
    {"a/**", "/a/x", true},
    {"a/**", "/0/a/x/y", true},
    {"a/**", "/0/a", false},
    {"/**", "/a/b", true},
    {"/**/b", "/b", true},
    {"/**/b", "/a/b", true},
    {"a**b/c", "/ax/yb/c", true},
    {"a**b/c", "/ab/c", true},
    {"d/a**b", "/d/ax/yb", true},
    {"d/a**b", "/d/ax/yc", false},
    {"**/a**b", "/d/ax/yb", true},
    {"/**/a/*/c*d", "/a/a/x/ccd", true},
    {"/**/a/*/c*d", "/a/x/y/ccd", false},
    /* the home directory is no pattern */
    {"~/.token", HOME "/.token", true},
    {"~/.token", "/home/u1/.token", false},
    {"~/.token", HOME "x/.token", false},
    {"~/.token", HOME "/x/.token", false},
    {"~/.token", "/x" HOME "/.token", false},
    {"~/**/.token", HOME "/.token", true},
    {"~/**/.token", HOME "/x/y/.token", true},
    {"~/**/.token", "/x/.token", false},
    {"~/.a/*", HOME "/.a/b", true},
    {"\\~/.token", "/x/~/.token", true},
    {"\\~/.token", HOME "/.token", false},
    {"x/~/a", "/x/~/a", true},
};

static void test_examples_of_the_dialect(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
        const struct example *e = &examples[i];
        struct compiled compiled;
        const char *problem = compile(&compiled, e->glob);

        if (problem)
            fail_msg("%s: %s", e->glob, problem);
        if (match(&compiled, e->path) != (e->matches ? GLOB_YES : GLOB_NO))
            fail_msg("%s on %s", e->glob, e->path);
    }
}

/* Every wildcard tried against every place would not end in a lifetime. */
static void test_many_wildcards_end_soon(void **state)
{
    (void)state;
    static const char *const globs[] = {"*a*a*a*a*a*a*a*a*a*a*a*a*b", "**/**a**a**a**a**a**a**a**b",
                                        "/**/a*a/**/a*a/**/a*a/**a*a*a*b"};
    char path[1024];

    memset(path, 'a', sizeof path);
    path[sizeof path - 1] = '\0';
    for (size_t i = 0; i < sizeof path - 1; i += 128)
        path[i] = '/';
    for (size_t i = 0; i < sizeof globs / sizeof globs[0]; i++) {
        struct compiled compiled;
        path[sizeof path - 2] = 'a';
        assert_null(compile(&compiled, globs[i]));
        compiled.glob.ending.length = 0; /* which would answer at once */
        assert_int_equal(match(&compiled, path), GLOB_NO);
        path[sizeof path - 2] = 'b';
        assert_int_equal(match(&compiled, path), GLOB_YES);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_examples_of_the_dialect),
        cmocka_unit_test(test_many_wildcards_end_soon),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
