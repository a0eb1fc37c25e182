/*
 * policy_memory_size() is enough for any text: run under the address sanitizer, which sees a byte
 * too many.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "policy_helper.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static struct policy_read parse_good(const char *text)
{
    struct policy_read read = policy_read_text(text, strlen(text), &with_home);
    if (!read.policy)
        fail_msg("refused: line %u: %s\n%s", read.error.line, read.error.text, text);
    return read;
}

static void test_a_large_policy_fits_its_memory(void **state)
{
    (void)state;
    enum { RULES = 10000, LINE = 48 };
    char *text = malloc((size_t)RULES * LINE);
    size_t length = 0;
    const struct policy_rule *rule;

    assert_non_null(text);
    for (int i = 0; i < RULES; i++)
        length += (size_t)sprintf(text + length, "[r%d]\nmatch=*secret-%d.json\n", i, i);
    struct policy_read read = parse_good(text);
    assert_int_equal(read.policy->rule_count, RULES);
    assert_int_equal(ask(read.policy, NULL, "my-secret-9999.json", &rule), POLICY_MATCH);
    assert_string_equal(rule->name, "r9999");
    policy_read_free(&read);
    free(text);
}

static void test_a_long_home_fits_its_memory(void **state)
{
    (void)state;
    static const char text[] = "[r]\nmatch = ~/a ~/b";
    char home[4096];
    struct policy_context context = {.home = home, .group_id = group_id};
    const struct policy_rule *rule;

    memset(home, 'h', sizeof home);
    home[0] = '/';
    home[sizeof home - 1] = '\0';
    struct policy_read read = policy_read_text(text, strlen(text), &context);
    assert_non_null(read.policy);
    assert_int_equal(ask(read.policy, home, "b", &rule), POLICY_MATCH);
    policy_read_free(&read);
}

/* The texts that use the most memory for each of their bytes. */
static void test_the_densest_policies_fit_their_memory(void **state)
{
    (void)state;
    static const char *const repeated[] = {"a ", "[a] ", "~/a ", "[a][a]/", "a/", "**/"};

    for (size_t i = 0; i < sizeof repeated / sizeof repeated[0]; i++) {
        char text[4096] = "[a]\nmatch=";
        while (strlen(text) + strlen(repeated[i]) + 2 < sizeof text)
            strcat(text, repeated[i]);
        strcat(text, "b");
        struct policy_read read = parse_good(text);
        policy_read_free(&read);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_large_policy_fits_its_memory),
        cmocka_unit_test(test_a_long_home_fits_its_memory),
        cmocka_unit_test(test_the_densest_policies_fit_their_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
