/*
 * What an environment lost, and what it gets back: owneronly.conf(5), keep-loaded.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/exec/environment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MAX 12
#define OURS "/l/libowneronly.so"

static const struct row {
    const char *start[MAX];
    const char *given[MAX];
    const char *got[MAX]; /* empty: the same as given */
} rows[] = {
    {{"LD_PRELOAD=" OURS, "A=1"}, {NULL}, {"LD_PRELOAD=" OURS}},
    {{"LD_PRELOAD=" OURS}, {"A=1", "LD_PRELOAD=" OURS}, {NULL}},
    {{"LD_PRELOAD=" OURS}, {"LD_PRELOAD=/other/libowneronly.so"}, {NULL}},
    {{"LD_PRELOAD=" OURS}, {"LD_PRELOAD=", "A=1"}, {"A=1", "LD_PRELOAD=" OURS}},
    {{"LD_PRELOAD=" OURS}, {"LD_PRELOAD=a.so b.so"}, {"LD_PRELOAD=" OURS ":a.so b.so"}},
    {{"LD_PRELOAD=" OURS},
     {"LD_PRELOAD=/l/libowneronly.so.old"},
     {"LD_PRELOAD=" OURS ":/l/libowneronly.so.old"}},
    {{"LD_PRELOAD=" OURS},
     {"LD_PRELOAD=/x/libasan.so.8 libtsan.so:a.so"},
     {"LD_PRELOAD=/x/libasan.so.8 libtsan.so:" OURS ":a.so"}},
    {{"LD_PRELOAD=" OURS}, {"LD_PRELOAD=libasan.so.8"}, {"LD_PRELOAD=libasan.so.8:" OURS}},
    {{"LD_PRELOAD=" OURS}, {"LD_PRELOADS=a"}, {"LD_PRELOADS=a", "LD_PRELOAD=" OURS}},
    /* All of it where nothing else was set, ours alone where something was. */
    {{"LD_PRELOAD=a.so:" OURS " b.so:/32/libowneronly.so"},
     {"A"},
     {"A", "LD_PRELOAD=a.so:" OURS " b.so:/32/libowneronly.so"}},
    {{"LD_PRELOAD=a.so:" OURS}, {"LD_PRELOAD="}, {"LD_PRELOAD=a.so:" OURS}},
    {{"LD_PRELOAD=a.so:" OURS " b.so:/32/libowneronly.so"},
     {"LD_PRELOAD=c.so"},
     {"LD_PRELOAD=" OURS ":/32/libowneronly.so:c.so"}},
    /* The loader takes the last one of two. */
    {{"LD_PRELOAD=" OURS},
     {"LD_PRELOAD=" OURS, "LD_PRELOAD=a.so"},
     {"LD_PRELOAD=" OURS, "LD_PRELOAD=" OURS ":a.so"}},
    /* Loaded in another way: there is nothing to give back. */
    {{"LD_PRELOAD=a.so", "OWNERONLY_LOG="}, {"A=1"}, {NULL}},
    {{"OWNERONLY_POLICY=/p", "OWNERONLY_LOG=stderr", "OWNERONLY_MODE=observe"},
     {"OWNERONLY_LOG=/l", "OWNERONLY_MODE="},
     {"OWNERONLY_LOG=/l", "OWNERONLY_POLICY=/p", "OWNERONLY_MODE=observe"}},
    {{"OWNERONLY_MATCH=a", "OWNERONLY_MATCH=b"}, {NULL}, {"OWNERONLY_MATCH=a"}},
    /* Globs are added to a policy, and do not stand for one. */
    {{"OWNERONLY_POLICY=/p"}, {"OWNERONLY_MATCH=a"}, {"OWNERONLY_MATCH=a", "OWNERONLY_POLICY=/p"}},
    {{"OWNERONLY_MATCH=a"}, {"OWNERONLY_POLICY=/p"}, {"OWNERONLY_POLICY=/p", "OWNERONLY_MATCH=a"}},
    {{"OWNERONLY_MATCH=a", "OWNERONLY_POLICY=/p"},
     {"OWNERONLY_POLICY=/q", "OWNERONLY_MATCH=b"},
     {NULL}},
};

/* Exactly as large as was said, so that a sanitizer sees every byte beyond. */
static void *take(size_t size)
{
    void *memory = malloc(size);
    assert_non_null(memory);
    memset(memory, 0xA5, size);
    return memory;
}

static const struct kept_environment *start_with(const char *const start[])
{
    char *copies[MAX + 1] = {NULL};
    for (size_t i = 0; start[i]; i++)
        copies[i] = strdup(start[i]);
    const struct kept_environment *keep =
        environment_copy(copies, take(environment_copy_size(copies)));
    /* The program may free its own. */
    for (size_t i = 0; copies[i]; i++)
        free(copies[i]);
    return keep;
}

static void test_what_was_lost_comes_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *row = &rows[i];
        const struct kept_environment *keep = start_with(row->start);
        char *const *given = (char *const *)row->given;
        size_t size = environment_restore_size(keep, given);
        if ((size == 0) != !row->got[0])
            fail_msg("row %zu: %zu bytes", i, size);
        if (size > 0) {
            void *memory = take(size);
            char *const *got = environment_restore(keep, given, memory);
            size_t count = 0;
            for (; row->got[count] && got[count]; count++)
                if (strcmp(row->got[count], got[count]) != 0)
                    fail_msg("row %zu: %s", i, got[count]);
            if (row->got[count] || got[count])
                fail_msg("row %zu: %zu strings", i, count);
            free(memory);
        }
        free((void *)(uintptr_t)keep);
    }
}

static void test_no_environment_at_all_is_an_empty_one(void **state)
{
    (void)state;
    const struct kept_environment *keep =
        start_with((const char *const[]){"LD_PRELOAD=" OURS, NULL});
    void *memory = take(environment_restore_size(keep, NULL));
    char *const *got = environment_restore(keep, NULL, memory);
    assert_string_equal(got[0], "LD_PRELOAD=" OURS);
    assert_null(got[1]);
    free(memory);
    free((void *)(uintptr_t)keep);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_was_lost_comes_back),
        cmocka_unit_test(test_no_environment_at_all_is_an_empty_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
