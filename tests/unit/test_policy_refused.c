/*
 * Contract 502: a policy with a mistake is refused as a whole, with the line of the mistake.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "policy_helper.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static struct policy_read parse(const char *text)
{
    return policy_read_text(text, strlen(text), &with_home);
}

static void expect_refused(const struct policy_read *read, const char *text, unsigned line,
                           const char *fragment)
{
    if (read->policy)
        fail_msg("not refused: %s", text);
    if (!memchr(read->error.text, '\0', sizeof read->error.text))
        fail_msg("message without an end: %s", text);
    if (read->error.line != line || !strstr(read->error.text, fragment))
        fail_msg("line %u: %s\nfor line %u: %s", read->error.line, read->error.text, line, text);
}

#define CONTROLS "\1\1\1\1\1\1\1\1\1\1"

static const struct bad {
    const char *text;
    unsigned line;
    const char *fragment;
} bad_policies[] = {
    {"", 1, "no rule"},
    {"# nothing\n\n", 1, "no rule"},
    {"match = a\n[r]\n", 1, "key 'match' stands before the first rule"},
    {"\n[r]\n", 2, "rule 'r' has no match"},
    {"[r]\nmode = 0600\n[s]\nmatch = a\n", 1, "rule 'r' has no match"},
    {"[r]\nexcept = a\n", 1, "rule 'r' has no match"},
    {"[r]\nmatch = a\n\n[r]\nmatch = b\n", 4, "rule 'r' is there already, in line 1"},
    {"[r\nmatch = a\n", 1, "'[r' is no rule's beginning"},
    {"[r] # mine\nmatch = a\n", 1, "'[r] # mine' is no rule's beginning"},
    {"[\nmatch = a\n", 1, "'[' is no rule's beginning"},
    {"[]\nmatch = a\n", 1, "'' is no rule name"},
    {"[a b]\nmatch = a\n", 1, "'a b' is no rule name"},
    {"[r\x1b]\nmatch = a\n", 1, "'r\\x1b' is no rule name"},
    {"[\xC3\xA4]\nmatch = a\n", 1, "'\\xc3\\xa4' is no rule name"},
    {"[12345678901234567890123456789012345678901234567890123456789012345]\n", 1,
     "'123456789012345678901234567890123456789012345678...' is no rule name; use 1 to 64"},
    {"[r]\nmatch\n", 2, "'match' is neither [NAME] nor 'key = value' nor 'include FILE'"},
    {"include /a\n", 1, "'include /a' is neither"},
    {"include = /a\n", 1, "'include' takes no '='; write 'include FILE' on its own line"},
    {"[r]\nmatch: a\n", 2, "'match: a' is neither"},
    {"[r]\nmatch = a\nsymlnk = follow\n", 3, "unknown key 'symlnk'; did you mean 'symlink'?"},
    {"[r]\nMatch = a\n", 2, "unknown key 'Match'; did you mean 'match'?"},
    {"[r]\nin_place = allow\n", 2, "did you mean 'in-place'?"},
    {"[r]\nmdoe = 0600\n", 2, "did you mean 'mode'?"},
    {"[r]\npermissions = 0600\n", 2,
     "unknown key 'permissions'; the keys are match, except, mode, group, symlink, content, "
     "durability, publish, in-place, append, rename, chmod"},
    {"[r]\n= a\n", 2, "unknown key ''"},
    {"permissions = 1\n[r]\n", 1,
     "unknown key 'permissions'; before the first rule the keys are keep-loaded"},
    {"kep-loaded = yes\n[r]\n", 1, "unknown key 'kep-loaded'; did you mean 'keep-loaded'?"},
    {"[r]\nmatch = a\nkeeploaded = yes\n", 3, "did you mean 'keep-loaded'?"},
    {"\n[r]\nmatch = a\nkeep-loaded = yes\n", 4,
     "key 'keep-loaded' is about the whole policy; write it before the first rule, in line 2"},
    {"keep-loaded = yes\n", 1, "no rule, so nothing would be protected"},
    {"keep-loaded = yes\nkeep-loaded = yes\n[r]\nmatch = a\n", 2,
     "key 'keep-loaded' is set already, in line 1; keep one of the two"},
    {"keep-loaded =\n[r]\nmatch = a\n", 1, "keep-loaded '' is no value"},
    {"keep-loaded = true\n[r]\nmatch = a\n", 1, "keep-loaded 'true' is not known; use no, yes"},
    /* Longer than a message can be. */
    {"[r]\n" CONTROLS CONTROLS CONTROLS CONTROLS CONTROLS CONTROLS "=a\n", 2,
     "...'; the keys are m"},
    {"[r]\nmatch =\n", 2, "match '' is no value"},
    {"[r]\nmatch = a\nmode = \n", 3, "mode '' is no value"},
    {"[r]\nmatch = a\ngroup =\n", 3, "group '' is no value"},
    {"[r]\nmatch = a\nchmod =\n", 3, "chmod '' is no value"},
    {"[r]\nmatch = a\nmode = 0600\n\nmode = 0600\n", 5, "key 'mode' is set already, in line 3"},
    {"[r]\nmatch = a\nchmod = pass\nchmod = pass\n", 4, "key 'chmod' is set already, in line 3"},
    {"[r]\nmatch = a\ngroup = 1\ngroup = 2\n", 4, "key 'group' is set already, in line 3"},
    {"[r]\nmatch = a\nsymlink = keep\n", 3,
     "symlink 'keep' is not known; use replace, refuse, follow"},
    {"[r]\nmatch = a\ncontent = JSON\n", 3, "content 'JSON' is not known; use any, json"},
    {"[r]\nmatch = a\ncontent = json # whole\n", 3, "content 'json # whole' is not known"},
    {"[r]\nmatch = a\ndurability = yes\n", 3, "use file, none, directory"},
    {"[r]\nmatch = a\npublish = opened\n", 3, "use close, open"},
    {"[r]\nmatch = a\nin-place = yes\n", 3, "use refuse, allow, always"},
    {"[r]\nmatch = a\nappend = allow\n", 3, "append 'allow' is not known; use in-place, copy"},
    {"[r]\nmatch = a\nappends = copy\n", 3, "did you mean 'append'?"},
    {"[r]\nmatch = a\nrename = pas\n", 3, "use tighten, pass"},
    {"[r]\nmatch = a\nchmod = clam\n", 3, "use pass, clamp"},
    {"[r]\nmatch = a\nmode = 0644\n", 3,
     "mode '0644' grants others access; use 0600 or, together with group, 0640"},
    {"[r]\nmatch = a\nmode = 0601\n", 3, "mode '0601' grants others access"},
    {"[r]\nmatch = a\nmode = 0000\n", 3, "mode '0000' leaves the owner no access"},
    {"[r]\nmatch = a\ngroup = 5\nmode = 0040\n", 4, "mode '0040' leaves the owner no access"},
    {"[r]\nmatch = a\nmode = 4600\n", 3, "mode '4600' has more than permission bits"},
    {"[r]\nmatch = a\nmode = 1600\n", 3, "mode '1600' has more than permission bits"},
    {"[r]\nmatch = a\nmode = 40000000000600\n", 3, "has more than permission bits"},
    {"[r]\nmatch = a\nmode = 0680\n", 3, "mode '0680' is not an octal number"},
    {"[r]\nmatch = a\nmode = u=rw\n", 3, "mode 'u=rw' is not an octal number"},
    {"[r]\nmatch = a\nmode = -600\n", 3, "mode '-600' is not an octal number"},
    {"[r]\nmatch = a\nmode = 0640\nchmod = clamp\n", 3, "mode grants the group access"},
    {"[r]\nmatch = a\nmode = 0620\n[s]\nmatch = b\ngroup = 5\n", 3, "names no group"},
    {"[r]\nmatch = a\ngroup = nobody-here\n", 3, "group 'nobody-here' is neither a gid nor"},
    {"[r]\nmatch = a\ngroup = 4294967295\n", 3, "group '4294967295' is neither"},
    {"[r]\nmatch = a\ngroup = 18446744073709551617\n", 3, "is neither a gid"},
    {"[r]\nmatch = a\ngroup = -1\n", 3, "group '-1' is neither"},
    {"[r]\nmatch = a # mine\n", 2, "'#' looks like a comment"},
    {"[r]\nmatch = a #mine\n", 2, "'#mine' looks like a comment"},
    {"[r]\nmatch = a\nexcept = #b\n", 3, "except '#b' looks like a comment"},
    {"[r]\nmatch = ok *[ab\n", 2, "glob '*[ab' has a '[' without its ']'; write '\\['"},
    {"[r]\nmatch = [a b]\n", 2, "glob '[a' has a '[' without its ']'"},
    {"[r]\nmatch = []\n", 2, "'[' without its ']'"},
    {"[r]\nmatch = [!]\n", 2, "'[' without its ']'"},
    {"[r]\nmatch = [\n", 2, "'[' without its ']'"},
    {"[r]\nmatch = [a\\]\n", 2, "'[' without its ']'"},
    {"[r]\nmatch = [a\\\n", 2, "'[' without its ']'"},
    {"[r]\nmatch = [[:alpha:]\n", 2, "'[' without its ']'"},
    {"[r]\nmatch = [[:alpah:]]\n", 2, "unknown class"},
    {"[r]\nmatch = [z-a]\n", 2, "range that runs backwards"},
    {"[r]\nmatch = [a-[:digit:]]\n", 2, "range that does not end in a character"},
    {"[r]\nmatch = [a-[.z.]]\n", 2, "range that does not end in a character"},
    {"[r]\nmatch = [[.a.]]\n", 2, "not supported"},
    {"[r]\nmatch = [[=a=]]\n", 2, "not supported"},
    {"[r]\nmatch = x[a/b]\n", 2, "'/' inside [...]"},
    {"[r]\nmatch = [!/]\n", 2, "'/' inside [...]"},
    {"[r]\nmatch = [+-/]\n", 2, "'/' inside [...]"},
    {"[r]\nmatch = a\\\n", 2, "glob 'a\\' ends in a '\\'"},
    {"[r]\nmatch = a\nexcept = b c\\\n", 3, "glob 'c\\' ends in a '\\'"},
    {"[r]\nmatch = a/\n", 2, "empty component"},
    {"[r]\nmatch = a\\/\n", 2, "empty component"},
    {"[r]\nmatch = /\n", 2, "empty component"},
    {"[r]\nmatch = ~/\n", 2, "empty component"},
    {"[r]\nmatch = a//b\n", 2, "empty component"},
    {"[r]\nmatch = \\/b\n", 2, "empty component"},
    {"[r]\nmatch = //b\n", 2, "empty component"},
    {"[r]\nmatch = a/**/\n", 2, "empty component"},
    {"[r]\nmatch = .\n", 2, "component '.' or '..'"},
    {"[r]\nmatch = a/..\n", 2, "component '.' or '..'"},
    {"[r]\nmatch = \\../b\n", 2, "component '.' or '..'"},
    {"[r]\nmatch = ./config/a\n", 2, "component '.' or '..'"},
    {"[r]\nmatch = a\x01\\\n", 2, "glob 'a\\x01\\' ends in"},
};

static void test_502_a_mistake_is_refused_with_its_line_and_what_is_right(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad_policies / sizeof bad_policies[0]; i++) {
        const struct bad *bad = &bad_policies[i];
        struct policy_read read = parse(bad->text);
        expect_refused(&read, bad->text, bad->line, bad->fragment);
        policy_read_free(&read);
    }
}

static void test_502_a_nul_byte_is_refused(void **state)
{
    (void)state;
    static const char text[] = "[r]\nmatch = a\0b\n";
    struct policy_read read = policy_read_text(text, sizeof text - 1, &with_home);

    expect_refused(&read, text, 2, "'match = a\\x00b' holds a NUL byte");
    policy_read_free(&read);
}

static void test_502_a_glob_longer_than_a_path_is_refused(void **state)
{
    (void)state;
    char text[4096 + 16];
    int start = snprintf(text, sizeof text, "[r]\nmatch = ");

    for (int i = 0; i < 4096; i++)
        text[start + i] = i % 2 == 0 ? 'a' : '/';
    text[start + 4095] = 'a';
    text[start + 4096] = '\0';
    struct policy_read read = parse(text);
    expect_refused(&read, text, 2, "is longer than a path can be");
    policy_read_free(&read);
    text[start + 4095] = '\0';
    read = parse(text);
    assert_non_null(read.policy);
    policy_read_free(&read);
}

static void test_502_tilde_is_refused_when_the_home_is_not_known(void **state)
{
    (void)state;
    static const char text[] = "[r]\nmatch = a ~/b\n";
    static const struct policy_context relative_home = {.home = "home", .group_id = group_id};
    static const struct policy_context *const contexts[] = {&without_home, &relative_home};

    for (size_t i = 0; i < 2; i++) {
        struct policy_read read = policy_read_text(text, strlen(text), contexts[i]);
        expect_refused(&read, text, 2, "glob '~/b' begins with '~/', but the home directory");
        policy_read_free(&read);
    }
}

static const struct bad bad_globs[] = {
    {"", 0, "an empty glob in ''"},     {":a", 0, "an empty glob"},
    {"a:", 0, "an empty glob"},         {"a::b", 0, "an empty glob in ':b'"},
    {"a:[b", 0, "glob '[b' has a '['"}, {"a:[b:c]", 0, "glob '[b' has a '['"},
    {"a:b\\", 0, "ends in a '\\'"},     {"a:d/", 0, "empty component"},
};

static void test_502_a_mistake_between_colons_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad_globs / sizeof bad_globs[0]; i++) {
        const struct bad *bad = &bad_globs[i];
        struct policy_read read = policy_read_globs(bad->text, strlen(bad->text), &with_home);
        expect_refused(&read, bad->text, bad->line, bad->fragment);
        policy_read_free(&read);
    }
}

/* Of so many numbers of rules, some make names meet at the end of the hash table. */
static void test_502_a_name_is_found_among_many(void **state)
{
    (void)state;
    enum { RULES = 300, LINE = 24 };
    char text[(RULES + 1) * LINE];
    size_t length = 0;

    for (unsigned i = 0; i < RULES; i++) {
        length += (size_t)sprintf(text + length, "[%u]\nmatch=a\n", i);
        struct policy_read read = parse(text);
        assert_non_null(read.policy);
        policy_read_free(&read);

        sprintf(text + length, "[%u]\nmatch=a\n", i / 2);
        read = parse(text);
        expect_refused(&read, text, 2 * i + 3, "is there already, in line ");
        policy_read_free(&read);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_502_a_mistake_is_refused_with_its_line_and_what_is_right),
        cmocka_unit_test(test_502_a_nul_byte_is_refused),
        cmocka_unit_test(test_502_a_glob_longer_than_a_path_is_refused),
        cmocka_unit_test(test_502_tilde_is_refused_when_the_home_is_not_known),
        cmocka_unit_test(test_502_a_mistake_between_colons_is_refused),
        cmocka_unit_test(test_502_a_name_is_found_among_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
