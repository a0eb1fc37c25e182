/*
 * Contract 5xx, `group`: a name is found in the text of a group file.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "policy/file/group_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char text[] = "root:x:0:\n"
                           "# trainers:x:1:\n"
                           "\n"
                           "trainers:x:4242:ann,bob\n"
                           "trainers:x:7:\n"
                           "empty:x::\n"
                           "short:x\n"
                           "none:x:4294967295:\n"
                           "huge:x:18446744073709551616:\n"
                           "negative:x:-5:\n"
                           "+\n"
                           "last:x:4294967294";

static const struct group {
    const char *name;
    bool found;
    gid_t gid;
} groups[] = {
    {"root", true, 0},      {"trainers", true, 4242}, {"last", true, 4294967294},
    {"train", false, 0},    {"trainersx", false, 0},  {"x", false, 0},
    {"ann,bob", false, 0},  {"# trainers", true, 1},  {"empty", false, 0},
    {"short", false, 0},    {"none", false, 0},       {"huge", false, 0},
    {"negative", false, 0}, {"+", false, 0},          {"", false, 0},
};

static void test_a_group_is_found_by_its_whole_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
        const struct group *group = &groups[i];
        gid_t gid = 99;
        bool found = group_file_find(text, sizeof text - 1, group->name, strlen(group->name), &gid);
        if (found != group->found || (found && gid != group->gid))
            fail_msg("%s: found %d, gid %u", group->name, found, gid);
    }
}

static void test_no_byte_behind_the_text_is_read(void **state)
{
    (void)state;
    gid_t gid;

    assert_false(group_file_find("", 0, "root", 4, &gid));
    assert_false(group_file_find("root:x:0:", 4, "root", 4, &gid));
    assert_true(group_file_find("root:x:12:", 8, "root", 4, &gid));
    assert_int_equal(gid, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_group_is_found_by_its_whole_name),
        cmocka_unit_test(test_no_byte_behind_the_text_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
