/*
 * A policy in several files, and what can be asked about its rules: owneronly.conf(5), `include`.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "policy_helper.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static const struct line {
    const char *text;
    const char *path; /* NULL: no line of it includes anything */
    unsigned line;
    const char *before;
    const char *after;
} lines[] = {
    {"include /a", "/a", 1, "", ""},
    {"[r]\nmatch = a\n include\t b c \r\nx", "b c", 3, "[r]\nmatch = a\n", "x"},
    {"\xEF\xBB\xBFinclude a\n\n", "a", 1, "\xEF\xBB\xBF", "\n"},
    {"#include a\nincludes a\ninclude\ninclude \ninclude = a\nkey = include a\n", NULL, 0, "", ""},
    {"", NULL, 0, "", ""},
    {"include a=b\ninclude c\n", "a=b", 1, "", "include c\n"},
};

static void test_an_include_is_a_line_of_its_own(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        const struct line *l = &lines[i];
        struct policy_piece piece = {.text = l->text, .length = strlen(l->text), .line = 1};
        struct policy_include include;
        if (policy_find_include(&piece, &include) != (l->path != NULL))
            fail_msg("%s", l->text);
        if (!l->path)
            continue;
        assert_int_equal(include.line, l->line);
        assert_int_equal(include.path_length, strlen(l->path));
        assert_memory_equal(include.path, l->path, include.path_length);
        assert_int_equal(include.begin, strlen(l->before));
        assert_string_equal(l->text + include.end, l->after);
    }
}

static void test_a_nul_byte_is_left_to_the_parser(void **state)
{
    (void)state;
    static const char text[] = "include a\0b\n";
    struct policy_piece piece = {.text = text, .length = sizeof text - 1, .line = 1};
    struct policy_include include;
    assert_false(policy_find_include(&piece, &include));
}

/* As policy_read(). */
static struct policy_read read_pieces(const struct policy_piece *pieces, size_t count)
{
    struct policy_read read = {0};
    size_t size = policy_memory_size(pieces, count, &with_home);
    read.memory = policy_memory(size);
    read.policy = policy_parse(pieces, count, &with_home, read.memory, &read.error);
    policy_memory_check(read.memory, size);
    return read;
}

static struct policy_piece piece_of(const char *file, const char *text, unsigned line)
{
    return (struct policy_piece){.file = file, .text = text, .length = strlen(text), .line = line};
}

static void test_rules_and_globs_know_their_file_and_line(void **state)
{
    (void)state;
    struct policy_piece pieces[] = {
        piece_of("main", "[a]\nmatch = *.a", 1),
        piece_of("part", "\n[b]\nmatch = *.b\nmatch = b/* \\#c\nexcept = d.b", 1),
        piece_of("main", "[c]\nmatch = *.c *.b", 7),
    };
    struct policy_read read = read_pieces(pieces, 3);
    const struct policy_rule *rule = NULL;

    assert_non_null(read.policy);
    assert_int_equal(read.policy->rule_count, 3);
    assert_int_equal(ask(read.policy, "/b", "#c", &rule), POLICY_MATCH);
    assert_string_equal(rule->name, "b");
    assert_string_equal(rule->file, "part");
    assert_int_equal(rule->line, 2);
    const struct policy_glob *glob = policy_matching_glob(rule->match, "/e", 2, "#c", 2);
    struct policy_glob_text text = policy_glob_text(glob);
    assert_int_equal(text.line, 4);
    assert_int_equal(text.length, strlen("\\#c"));
    assert_memory_equal(text.bytes, "\\#c", text.length);
    assert_null(policy_next_glob(glob));
    assert_null(policy_matching_glob(rule->match, "/e", 2, "c", 1));
    assert_non_null(policy_matching_glob(rule->except, "/e", 2, "d.b", 3));

    assert_int_equal(ask(read.policy, "/b", "d.b", &rule), POLICY_MATCH);
    assert_string_equal(rule->file, "main");
    assert_int_equal(rule->line, 7);
    policy_read_free(&read);
}

static void test_texts_and_paths_need_not_last(void **state)
{
    (void)state;
    char path[] = "a path that is longer than all of the text";
    char text[] = "[a]\nmatch = *.a\n[b]\nmatch = *.b";
    struct policy_piece pieces[] = {piece_of(path, text, 1),
                                    {.text = "c", .length = 1, .is_globs = true}};
    struct policy_read read = read_pieces(pieces, 2);
    memset(path, 'x', sizeof path - 1);
    memset(text, 'x', sizeof text - 1);

    assert_non_null(read.policy);
    for (size_t i = 0; i < 2; i++)
        assert_string_equal(read.policy->rules[i].file,
                            "a path that is longer than all of the text");
    assert_string_equal(read.policy->rules[1].name, "b");
    assert_ptr_equal(read.policy->rules[0].file, read.policy->rules[1].file);
    assert_null(read.policy->rules[2].file);
    policy_read_free(&read);
}

static void test_a_rule_ends_with_its_piece(void **state)
{
    (void)state;
    struct policy_piece key[] = {piece_of("main", "[a]\nmatch = a\n", 1),
                                 piece_of("main", "mode = 0400\n", 4)};
    struct policy_read read = read_pieces(key, 2);
    assert_null(read.policy);
    assert_int_equal(read.error.line, 4);
    assert_string_equal(read.error.file, "main");
    policy_read_free(&read);

    struct policy_piece incomplete[] = {piece_of("main", "[a]\n", 1),
                                        piece_of("part", "[b]\nmatch = a\n", 1)};
    read = read_pieces(incomplete, 2);
    assert_null(read.policy);
    assert_int_equal(read.error.line, 1);
    assert_non_null(strstr(read.error.text, "has no match"));
    policy_read_free(&read);
}

static void test_a_byte_order_mark_stands_in_a_files_first_line_only(void **state)
{
    (void)state;
    struct policy_piece pieces[] = {
        piece_of("main", "[r]\nmatch = a\n", 1),
        piece_of("main", "\xEF\xBB\xBF[s]\nmatch = b\n", 4),
    };
    struct policy_read read = read_pieces(pieces, 2);
    assert_null(read.policy);
    assert_int_equal(read.error.line, 4);
    policy_read_free(&read);
}

/* In an included file they count as in the first one, and stand before the first rule of their
 * file. */
static void test_keys_of_the_whole_policy_may_stand_in_any_file(void **state)
{
    (void)state;
    struct policy_piece behind[] = {piece_of("main", "[a]\nmatch = a\n", 1),
                                    piece_of("part", "keep-loaded = yes\n[b]\nmatch = b\n", 1)};
    struct policy_read read = read_pieces(behind, 2);
    assert_non_null(read.policy);
    assert_int_equal(read.policy->keep_loaded, POLICY_KEEP_LOADED_YES);
    policy_read_free(&read);

    struct policy_piece between[] = {piece_of("main", "", 1),
                                     piece_of("part", "[b]\nmatch = b\n", 1),
                                     piece_of("main", "keep-loaded = yes\n", 2)};
    read = read_pieces(between, 3);
    assert_non_null(read.policy);
    assert_int_equal(read.policy->keep_loaded, POLICY_KEEP_LOADED_YES);
    policy_read_free(&read);
}

static void test_keys_of_the_whole_policy_are_set_once_in_all_files(void **state)
{
    (void)state;
    struct policy_piece twice[] = {piece_of("main", "#\nkeep-loaded = no\n", 1),
                                   piece_of("part", "keep-loaded = yes\n[b]\nmatch = b\n", 1)};
    struct policy_read read = read_pieces(twice, 2);
    assert_null(read.policy);
    assert_int_equal(read.error.line, 1);
    assert_string_equal(read.error.file, "part");
    assert_non_null(
        strstr(read.error.text, "'keep-loaded' is set already, in line 2 of main; keep"));
    policy_read_free(&read);

    struct policy_piece late[] = {piece_of("main", "[a]\nmatch = a\n", 1),
                                  piece_of("part", "[b]\nmatch = b\n", 1),
                                  piece_of("main", "keep-loaded = yes\n", 4)};
    read = read_pieces(late, 3);
    assert_null(read.policy);
    assert_int_equal(read.error.line, 4);
    assert_non_null(strstr(read.error.text, "before the first rule, in line 1"));
    policy_read_free(&read);
}

static void test_the_densest_pieces_fit_their_memory(void **state)
{
    (void)state;
    static const char names[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._";
    enum { PIECES = sizeof names - 1 };
    struct policy_piece pieces[PIECES];
    char texts[PIECES][16];

    for (unsigned i = 0; i < PIECES; i++) {
        sprintf(texts[i], "[%c]\nmatch=b", names[i]);
        pieces[i] = piece_of("main", texts[i], i + 1);
    }
    /* As much as one text with a newline between each two. */
    const struct policy_piece whole = {.length = PIECES * strlen("[a]\nmatch=b\n") - 1};
    assert_true(policy_memory_size(pieces, PIECES, &with_home) >=
                policy_memory_size(&whole, 1, &with_home));
    struct policy_read read = read_pieces(pieces, PIECES);
    assert_non_null(read.policy);
    assert_int_equal(read.policy->rule_count, PIECES);
    for (unsigned i = 0; i < PIECES; i++)
        assert_int_equal(read.policy->rules[i].name[0], names[i]);
    policy_read_free(&read);
}

/* The rule that is begun last has room as well. */
static void test_501_globs_before_a_file_fit_their_memory(void **state)
{
    (void)state;
    static const char *const texts[] = {"[a]\n", "[a]\nmatch=b\n[b]", "[a]\nmatch=b\n[b]\nmatch=b"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct policy_piece pieces[] = {
            {.text = "R", .length = 1, .is_globs = true},
            piece_of("main", texts[i], 1),
        };
        const struct policy_rule *rule;
        struct policy_read read = read_pieces(pieces, 2);
        assert_int_equal(read.policy != NULL, i == 2);
        if (read.policy) {
            assert_int_equal(read.policy->rule_count, 3);
            assert_int_equal(ask(read.policy, NULL, "R", &rule), POLICY_MATCH);
            assert_string_equal(rule->name, "OWNERONLY_MATCH");
        } else {
            assert_string_equal(read.error.file, "main");
        }
        policy_read_free(&read);
    }
}

/* What is shown of a rule, read again, makes the same rule. */
static void test_settings_are_shown_in_the_words_of_the_file(void **state)
{
    (void)state;
    static const char text[] =
        "[r]\nmatch = a\nmode = 0640\ngroup = 7\nsymlink = follow\ncontent = json\n"
        "durability = directory\npublish = open\nin-place = always\nappend = copy\nrename = pass\n"
        "chmod = clamp\n";
    struct policy_read read = policy_read_text(text, strlen(text), &with_home);
    char shown[512] = "[r]\nmatch = a\n";
    char value[POLICY_VALUE_SIZE];
    const char *key;

    assert_non_null(read.policy);
    for (unsigned i = 0; (key = policy_setting(&read.policy->rules[0], i, value)) != NULL; i++)
        sprintf(shown + strlen(shown), "%s = %s\n", key, value);
    assert_string_equal(shown, text);
    policy_setting(&policy_builtin.rules[0], 1, value);
    assert_string_equal(value, "");
    policy_read_free(&read);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_include_is_a_line_of_its_own),
        cmocka_unit_test(test_a_nul_byte_is_left_to_the_parser),
        cmocka_unit_test(test_rules_and_globs_know_their_file_and_line),
        cmocka_unit_test(test_texts_and_paths_need_not_last),
        cmocka_unit_test(test_a_rule_ends_with_its_piece),
        cmocka_unit_test(test_a_byte_order_mark_stands_in_a_files_first_line_only),
        cmocka_unit_test(test_keys_of_the_whole_policy_may_stand_in_any_file),
        cmocka_unit_test(test_keys_of_the_whole_policy_are_set_once_in_all_files),
        cmocka_unit_test(test_the_densest_pieces_fit_their_memory),
        cmocka_unit_test(test_501_globs_before_a_file_fit_their_memory),
        cmocka_unit_test(test_settings_are_shown_in_the_words_of_the_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
