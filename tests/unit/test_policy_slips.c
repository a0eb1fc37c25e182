/*
 * Globs that mean something else than was meant, or can't match: each is refused, and escaped, or
 * written as it should be, is taken (contract 502).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "policy_helper.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define NAME_63 "123456789abcdef123456789abcdef123456789abcdef123456789abcdef123"
#define NAME_255 NAME_63 NAME_63 NAME_63 NAME_63 "abc"

static const struct slip {
    const char *globs;
    const char *fragment;
} slips[] = {
    {"\"*.tok\"", "has quotes"},
    {"'*.tok'", "has quotes"},
    {"\"a b\"", "has quotes"},
    {"a b\"", "has quotes"},
    {"'", "has quotes"},
    {"*.{pem,key}", "has braces"},
    {"{a,", "has braces"},
    {"*.a, *.b", "has a comma"},
    {"*.a,*.b", "has a comma"},
    {"*.a;", "ends in ';'"},
    {"~bob/.netrc", "home directory of a user"},
    {"$HOME/.netrc", "begins with a variable"},
    {"${HOME}/.netrc", "begins with a variable"},
    {"/dev/shm/*.tok", "nothing below /dev"},
    {"/proc/x", "nothing below /dev"},
    {"/sys/**", "nothing below /dev"},
    {NAME_255 "x", "255 bytes"},
    {"a/*" NAME_255 "[ab]/b", "255 bytes"},
};

static const char *const good[] = {
    "\\\"*.tok\\\"",
    "bob's",
    "a\\'",
    "*.\\{pem\\,key\\}",
    "*.{pem}",
    "*.a[,]*.b",
    "*\\,v",
    "*.a\\;",
    "a;b",
    "\\~bob/.netrc",
    "~/.netrc",
    "~bob",
    "\\$HOME/x",
    "$5",
    "dev/shm/x",
    "/devx",
    "/**/x",
    NAME_255,
    "*" NAME_255 "*",
    NAME_255 "/" NAME_255,
    "\\" NAME_255,
};

/* As a policy, and as OWNERONLY_MATCH. */
static struct policy_read read_globs(const char *globs, bool as_policy)
{
    char text[1024];
    (void)snprintf(text, sizeof text, "%s%s", as_policy ? "[r]\nmatch = " : "", globs);
    return as_policy ? policy_read_text(text, strlen(text), &with_home)
                     : policy_read_globs(text, strlen(text), &with_home);
}

static void test_502_a_slip_is_refused_and_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof slips / sizeof slips[0]; i++) {
        for (int as_policy = 0; as_policy < 2; as_policy++) {
            struct policy_read read = read_globs(slips[i].globs, as_policy);
            if (read.policy)
                fail_msg("taken: %s", slips[i].globs);
            if (!strstr(read.error.text, slips[i].fragment) ||
                read.error.line != (as_policy ? 2 : 0))
                fail_msg("%s: line %u: %s", slips[i].globs, read.error.line, read.error.text);
            policy_read_free(&read);
        }
    }
}

static void test_502_what_is_no_slip_is_taken(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        for (int as_policy = 0; as_policy < 2; as_policy++) {
            struct policy_read read = read_globs(good[i], as_policy);
            if (!read.policy)
                fail_msg("%s: %s", good[i], read.error.text);
            policy_read_free(&read);
        }
    }
}

static const struct width {
    const char *glob;
    bool is_wide;
} widths[] = {
    {"*", true},       {"**", true},    {"?*", true},     {"*?", true},    {"**/*", true},
    {"/**", true},     {"*/*", true},   {"[!.]*", true},  {"/**/*", true}, {"a", false},
    {"*.json", false}, {"?", false},    {"[ab]*", false}, {"/*", false},   {"/srv/**", false},
    {"srv/*", false},  {"~/**", false}, {"*.*", false},   {"*/?", false},
};

static void test_what_matches_nearly_every_name_is_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof widths / sizeof widths[0]; i++) {
        struct policy_read read = read_globs(widths[i].glob, true);
        assert_non_null(read.policy);
        if (policy_glob_is_wide(read.policy->rules[0].match) != widths[i].is_wide)
            fail_msg("%s", widths[i].glob);
        policy_read_free(&read);
    }
    assert_false(policy_glob_is_wide(policy_builtin.rules[0].match));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_502_a_slip_is_refused_and_named),
        cmocka_unit_test(test_502_what_is_no_slip_is_taken),
        cmocka_unit_test(test_what_matches_nearly_every_name_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
