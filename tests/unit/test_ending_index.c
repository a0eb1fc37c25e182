/*
 * The cheap test that every open passes lets no protected name through unasked: endings of 1 to 40
 * bytes, several lengths at once, against the plain comparison.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "policy_helper.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { ENDINGS = 5, LONGEST = 40, POLICIES = 400, NAMES = 60 };

static uint32_t random_state = 1;

/* The same numbers in every run: Numerical Recipes' generator. */
static unsigned random_below(unsigned limit)
{
    random_state = random_state * 1664525 + 1013904223;
    return (random_state >> 8) % limit;
}

/* Few different bytes, so that endings are alike; one is no ASCII, and none means anything in a
 * glob. */
static void random_bytes(char *bytes, size_t length)
{
    static const char alphabet[] = {'a', 'b', '.', (char)0xE4};
    for (size_t i = 0; i < length; i++)
        bytes[i] = alphabet[random_below(sizeof alphabet)];
    bytes[length] = '\0';
}

static bool ends_in_any(const char *name, char endings[ENDINGS][LONGEST + 1])
{
    for (size_t i = 0; i < ENDINGS; i++) {
        size_t length = strlen(endings[i]);
        if (strlen(name) >= length && strcmp(name + strlen(name) - length, endings[i]) == 0)
            return true;
    }
    return false;
}

static struct policy_read policy_of(char endings[ENDINGS][LONGEST + 1])
{
    char globs[ENDINGS * (LONGEST + 3)] = "";
    for (size_t i = 0; i < ENDINGS; i++) {
        strcat(globs, i > 0 ? ":*" : "*");
        strcat(globs, endings[i]);
    }
    struct policy_read read = policy_read_globs(globs, strlen(globs), &without_home);
    if (!read.policy)
        fail_msg("refused: %s: %s", globs, read.error.text);
    return read;
}

static void test_every_name_that_a_glob_matches_passes_and_few_others(void **state)
{
    (void)state;
    unsigned matching = 0;
    unsigned others = 0;
    unsigned for_nothing = 0;
    for (unsigned round = 0; round < POLICIES; round++) {
        char endings[ENDINGS][LONGEST + 1];
        for (size_t i = 0; i < ENDINGS; i++)
            random_bytes(endings[i], 1 + random_below(LONGEST));
        struct policy_read read = policy_of(endings);
        for (unsigned i = 0; i < NAMES; i++) {
            char name[2 * LONGEST + 1];
            random_bytes(name, 1 + random_below(LONGEST));
            if (i % 2 == 0)
                strcat(name, endings[random_below(ENDINGS)]);
            bool matches = ends_in_any(name, endings);
            bool may = policy_may_match(read.policy, name, strlen(name));
            if (matches && !may)
                fail_msg("not asked about: %s", name);
            matching += matches;
            others += !matches;
            for_nothing += may && !matches;
        }
        policy_read_free(&read);
    }
    assert_true(matching > POLICIES * NAMES / 4);
    assert_true(others > POLICIES * NAMES / 8);
    assert_true(for_nothing < others / 4);
}

static void test_a_glob_without_an_ending_makes_every_name_possible(void **state)
{
    (void)state;
    static const char text[] = "[r]\nmatch = *.json\n[s]\nmatch = secret*\n";
    struct policy_read read = policy_read_text(text, strlen(text), &without_home);
    assert_non_null(read.policy);
    assert_true(policy_may_match(read.policy, "secret.txt", strlen("secret.txt")));
    policy_read_free(&read);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_name_that_a_glob_matches_passes_and_few_others),
        cmocka_unit_test(test_a_glob_without_an_ending_makes_every_name_possible),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
