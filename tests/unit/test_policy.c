/*
 * Contract 5xx: what a policy says, and which of its rules protects a name.
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

static void test_a_rule_has_the_defaults_of_the_contract(void **state)
{
    (void)state;
    struct policy_read read = parse_good("# c\n\n[r]\nmatch = a");
    const struct policy_rule *rule = read.policy->rules;

    assert_int_equal(read.policy->rule_count, 1);
    assert_string_equal(rule->name, "r");
    assert_int_equal(rule->line, 3);
    assert_int_equal(rule->mode, 0600);
    assert_true(rule->group == POLICY_NO_GROUP);
    assert_int_equal(rule->symlink, POLICY_SYMLINK_REPLACE);
    assert_int_equal(rule->content, POLICY_CONTENT_ANY);
    assert_int_equal(rule->durability, POLICY_DURABILITY_FILE);
    assert_int_equal(rule->publish, POLICY_PUBLISH_CLOSE);
    assert_int_equal(rule->in_place, POLICY_IN_PLACE_REFUSE);
    assert_int_equal(rule->append, POLICY_APPEND_IN_PLACE);
    assert_int_equal(rule->rename, POLICY_RENAME_TIGHTEN);
    assert_int_equal(rule->chmod, POLICY_CHMOD_PASS);
    policy_read_free(&read);
}

#define FIELD(name) offsetof(struct policy_rule, name)

static const struct setting {
    const char *line;
    size_t field;
    unsigned value;
} settings[] = {
    {"mode = 0400", FIELD(mode), 0400},
    {"mode = 700", FIELD(mode), 0700},
    {"mode=0640\ngroup=7", FIELD(mode), 0640},
    {"group = 7\nmode = 0660", FIELD(mode), 0660},
    {"group = 7", FIELD(mode), 0600},
    {"group = 0", FIELD(group), 0},
    {"group = 4294967294", FIELD(group), 4294967294},
    {"group = trainers", FIELD(group), TRAINERS},
    {"symlink = replace", FIELD(symlink), POLICY_SYMLINK_REPLACE},
    {"symlink = refuse", FIELD(symlink), POLICY_SYMLINK_REFUSE},
    {"symlink = follow", FIELD(symlink), POLICY_SYMLINK_FOLLOW},
    {"content = any", FIELD(content), POLICY_CONTENT_ANY},
    {"content = json", FIELD(content), POLICY_CONTENT_JSON},
    {"durability = file", FIELD(durability), POLICY_DURABILITY_FILE},
    {"durability = none", FIELD(durability), POLICY_DURABILITY_NONE},
    {"durability = directory", FIELD(durability), POLICY_DURABILITY_DIRECTORY},
    {"publish = close", FIELD(publish), POLICY_PUBLISH_CLOSE},
    {"publish = open", FIELD(publish), POLICY_PUBLISH_OPEN},
    {"in-place = refuse", FIELD(in_place), POLICY_IN_PLACE_REFUSE},
    {"in-place = allow", FIELD(in_place), POLICY_IN_PLACE_ALLOW},
    {"in-place = always", FIELD(in_place), POLICY_IN_PLACE_ALWAYS},
    {"append = in-place", FIELD(append), POLICY_APPEND_IN_PLACE},
    {"append = copy", FIELD(append), POLICY_APPEND_COPY},
    {"rename = tighten", FIELD(rename), POLICY_RENAME_TIGHTEN},
    {"rename = pass", FIELD(rename), POLICY_RENAME_PASS},
    {"chmod = pass", FIELD(chmod), POLICY_CHMOD_PASS},
    {"chmod = clamp", FIELD(chmod), POLICY_CHMOD_CLAMP},
    {" \tchmod\t=\tclamp \t", FIELD(chmod), POLICY_CHMOD_CLAMP},
};

static void test_every_value_of_every_key_is_taken(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        char text[128];
        unsigned value;

        snprintf(text, sizeof text, "[r]\nmatch = a\n%s\n[s]\nmatch = b\n", settings[i].line);
        struct policy_read read = parse_good(text);
        memcpy(&value, (const char *)&read.policy->rules[0] + settings[i].field, sizeof value);
        if (value != settings[i].value)
            fail_msg("%s: %u", settings[i].line, value);
        assert_int_equal(read.policy->rules[1].mode, 0600);
        assert_int_equal(read.policy->rules[1].chmod, POLICY_CHMOD_PASS);
        policy_read_free(&read);
    }
}

static void test_keys_before_the_first_rule_are_about_the_whole_policy(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum policy_keep_loaded keep_loaded;
    } texts[] = {
        {"[r]\nmatch = a", POLICY_KEEP_LOADED_NO},
        {"keep-loaded = no\n[r]\nmatch = a", POLICY_KEEP_LOADED_NO},
        {"# c\n\n keep-loaded=yes \r\n[r]\nmatch = a\n[s]\nmatch = b", POLICY_KEEP_LOADED_YES},
        {"\xEF\xBB\xBFkeep-loaded = yes\n[r]\nmatch = a", POLICY_KEEP_LOADED_YES},
    };

    assert_int_equal(policy_builtin.keep_loaded, POLICY_KEEP_LOADED_NO);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char value[POLICY_VALUE_SIZE];
        struct policy_read read = parse_good(texts[i].text);
        assert_int_equal(read.policy->keep_loaded, texts[i].keep_loaded);
        assert_string_equal(policy_global_setting(read.policy, 0, value), "keep-loaded");
        assert_string_equal(value, texts[i].keep_loaded ? "yes" : "no");
        assert_null(policy_global_setting(read.policy, 1, value));
        policy_read_free(&read);
    }
}

/* A rule's name may have 64 bytes. */
static const char longest_name[] =
    "[1234567890123456789012345678901234567890123456789012345678901234]\nmatch = a\n"
    "content = json";

static void test_a_text_may_come_from_another_system(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "[r]\r\nmatch = a\r\ncontent = json\r\n",
        "[r]\r\nmatch = a\r\ncontent = json\r",
        "\xEF\xBB\xBF[r]\nmatch = a\ncontent = json",
        "\xEF\xBB\xBF# comment\n\t[r]\t\n\tmatch = a\n#\n content = json",
        "\r\n[r]\r\n\r\nmatch = a\r\ncontent = json\r\n",
        longest_name,
    };

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const struct policy_rule *rule;
        struct policy_read read = parse_good(texts[i]);
        assert_int_equal(read.policy->rules[0].content, POLICY_CONTENT_JSON);
        assert_int_equal(ask(read.policy, "/d", "a", &rule), POLICY_MATCH);
        assert_int_equal(ask(read.policy, "/d", "a\r", &rule), POLICY_NO_MATCH);
        policy_read_free(&read);
    }
}

static void test_one_rule_that_clamps_is_enough(void **state)
{
    (void)state;
    struct policy_read read =
        parse_good("[r]\nmatch = a\nchmod = clamp\n[s]\nmatch = b\nchmod = pass");
    assert_true(read.policy->clamps);
    policy_read_free(&read);
    read = parse_good("[r]\nmatch = a\n[s]\nmatch = b\nchmod = pass");
    assert_false(read.policy->clamps);
    policy_read_free(&read);
}

static void test_one_rule_that_follows_links_is_enough(void **state)
{
    (void)state;
    struct policy_read read =
        parse_good("[r]\nmatch = a\nsymlink = follow\n[s]\nmatch = b\nsymlink = refuse");
    assert_true(read.policy->follows);
    policy_read_free(&read);
    read = parse_good("[r]\nmatch = a\n[s]\nmatch = b\nsymlink = refuse");
    assert_false(read.policy->follows);
    policy_read_free(&read);
}

#define MISS POLICY_NO_MATCH
#define DEPENDS POLICY_NEEDS_DIRECTORY
#define THREE_RULES                                                                                \
    "[keys]\nmatch = startup/*.key\nexcept = public/**/*.key *.pub.key\n"                          \
    "[json]\nmatch = *.json ~/.token\nmatch = \\#save\\ 1\nexcept = open.json\n"                   \
    "[rest]\nmatch = *.k* /etc/x/open.json\n"

static const struct question {
    const char *text;
    const char *directory;
    const char *name;
    enum policy_answer answer;  /* with the directory */
    enum policy_answer unknown; /* without */
    const char *rule;
} questions[] = {
    {THREE_RULES, "/a/startup", "x.key", POLICY_MATCH, DEPENDS, "keys"},
    {THREE_RULES, "/a/public/startup", "x.key", POLICY_MATCH, DEPENDS, "rest"},
    {THREE_RULES, "/a", "x.key", POLICY_MATCH, DEPENDS, "rest"},
    {THREE_RULES, "/a/startup", "x.pub.key", POLICY_MATCH, POLICY_MATCH, "rest"},
    {THREE_RULES, "/a/startup", "x.kez", POLICY_MATCH, POLICY_MATCH, "rest"},
    {THREE_RULES, "/a", "a.json", POLICY_MATCH, POLICY_MATCH, "json"},
    {THREE_RULES, "/etc/x", "open.json", POLICY_MATCH, DEPENDS, "rest"},
    {THREE_RULES, "/etc/xx", "open.json", MISS, DEPENDS, NULL},
    {THREE_RULES, "/a", "#save 1", POLICY_MATCH, POLICY_MATCH, "json"},
    {THREE_RULES, HOME, ".token", POLICY_MATCH, DEPENDS, "json"},
    {THREE_RULES, "/a", ".token", MISS, DEPENDS, NULL},
    {THREE_RULES, "/a", "other", MISS, MISS, NULL},
    /* The directory does not matter once a glob without one has decided. */
    {"[r]\nmatch = d/a a", "/e", "a", POLICY_MATCH, POLICY_MATCH, "r"},
    {"[r]\nmatch = d/a\nexcept = a", "/d", "a", MISS, MISS, NULL},
    {"[r]\nmatch = a\nexcept = e/a", "/d", "a", POLICY_MATCH, DEPENDS, "r"},
    {"[r]\nmatch = a\nexcept = e/b", "/d", "a", POLICY_MATCH, POLICY_MATCH, "r"},
    {"[r]\nmatch = d/x*c", "/d", "yc", MISS, MISS, NULL},
    {"[r]\nmatch = **/a", "/d", "a", POLICY_MATCH, POLICY_MATCH, "r"},
    {"[r]\nmatch = b\nexcept = e/a", "/d", "a", MISS, MISS, NULL},
    {"[r]\nmatch = a\n[s]\nmatch = d/a", "/d", "a", POLICY_MATCH, POLICY_MATCH, "r"},
    /* Each rule has keys of its own. */
    {"[r]\nmatch = a\nmode = 0600\n[s]\nmatch = b\nmode = 0600", "/d", "b", POLICY_MATCH,
     POLICY_MATCH, "s"},
};

static void test_the_first_rule_that_matches_wins(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++) {
        const struct question *q = &questions[i];
        struct policy_read read = parse_good(q->text);
        const struct policy_rule *rule = NULL;

        if (ask(read.policy, q->directory, q->name, &rule) != q->answer)
            fail_msg("question %zu: %s/%s", i, q->directory, q->name);
        assert_string_equal(rule ? rule->name : "none", q->rule ? q->rule : "none");
        if (ask(read.policy, NULL, q->name, &rule) != q->unknown)
            fail_msg("question %zu: %s without its directory", i, q->name);
        if (q->answer == POLICY_MATCH)
            assert_true(policy_may_match(read.policy, q->name, strlen(q->name)));
        policy_read_free(&read);
    }
}

static const struct ending {
    const char *globs;
    const char *names[4]; /* that may match */
    const char *others[6];
} endings[] = {
    {"a", {"a", "/x/a"}, {"b", ""}},
    {"*.key:b*.json", {"x.key", "b.json", ".key"}, {"y", "xkey", "b.jso", "Ajson"}},
    {"*suffix-of-some-length", {"x-suffix-of-some-length"}, {"length", "x", "e-lengtH"}},
    {"a:*bc:*def:*ghij", {"a", "bc", "1def", "23ghij"}, {"b", "ab", "c", "ef", "hij", "xyghiJ"}},
    {"x[a-c]", {"xa", "xc", "yb"}, {"xd", "x"}},
    {"x?:*.key", {"xy", "x1", "z"}, {""}},
    {"d/x[!a]*c", {"/d/xbc"}, {"/d/xbd"}},
    {"*[0-9]:d/e", {"x0", "/d/e"}, {"x", ""}},
    {"*\\*", {"x*"}, {"x"}},
    {"~/.token", {"/home/u/.token"}, {"/home/u/.tokem", "token"}},
};

static void test_the_cheap_test_rules_out_other_endings(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        const struct ending *e = &endings[i];
        struct policy_read read = policy_read_globs(e->globs, strlen(e->globs), &with_home);
        assert_non_null(read.policy);
        for (size_t k = 0; k < 4 && e->names[k]; k++)
            if (!policy_may_match(read.policy, e->names[k], strlen(e->names[k])))
                fail_msg("%s: %s", e->globs, e->names[k]);
        for (size_t k = 0; k < 6 && e->others[k]; k++)
            if (policy_may_match(read.policy, e->others[k], strlen(e->others[k])))
                fail_msg("%s: not %s", e->globs, e->others[k]);
        policy_read_free(&read);
    }
}

static void
test_the_cheap_test_among_10000_rules_lets_each_name_through_and_few_others(void **state)
{
    enum { RULES = 10000 };
    static char text[RULES * 40];
    size_t length = 0;
    unsigned false_yes = 0;
    (void)state;
    for (unsigned i = 0; i < RULES; i++)
        length += (size_t)sprintf(text + length, "[r%u]\nmatch = *-%05u.json\n", i, i * 7);
    struct policy_read read = policy_read_text(text, length, &with_home);
    assert_non_null(read.policy);
    for (unsigned i = 0; i < RULES * 7; i++) {
        const struct policy_rule *rule;
        char name[32];
        size_t size = (size_t)sprintf(name, "x-%05u.json", i);
        bool matches = i % 7 == 0;
        bool may = policy_may_match(read.policy, name, size);
        assert_true(may || !matches);
        if (i % 997 == 0)
            assert_int_equal(ask(read.policy, "/d", name, &rule),
                             matches ? POLICY_MATCH : POLICY_NO_MATCH);
        false_yes += may && !matches;
    }
    assert_true(false_yes < RULES * 6 / 10);
    policy_read_free(&read);
}

static void test_501_globs_between_colons(void **state)
{
    (void)state;
    static const char globs[] = "*.key:a b:c\\:d:x[[:digit:]]:#e:d/f";
    static const char *const names[] = {"x.key", "a b", "c:d", "x1", "#e", "f"};
    static const char *const others[] = {"a", "b", "c", "d", "x", "e", "x:", ""};
    struct policy_read read = policy_read_globs(globs, strlen(globs), &with_home);
    const struct policy_rule *rule;

    assert_non_null(read.policy);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_int_equal(ask(read.policy, "/d", names[i], &rule), POLICY_MATCH);
    assert_string_equal(rule->name, "OWNERONLY_MATCH");
    assert_int_equal(rule->line, 0);
    assert_int_equal(rule->mode, 0600);
    assert_int_equal(rule->content, POLICY_CONTENT_ANY);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_int_equal(ask(read.policy, "/d", others[i], &rule), POLICY_NO_MATCH);
    policy_read_free(&read);
}

static void test_501_the_builtin_rule_is_the_one_of_the_contract(void **state)
{
    (void)state;
    struct policy_read read =
        parse_good("[nvflare-client-api]\nmatch = *client_api_config.json\ncontent = json\n");
    assert_string_equal(policy_builtin_text,
                        "[nvflare-client-api]\nmatch = *client_api_config.json\ncontent = json\n");
    const struct policy_rule *expected = read.policy->rules;
    const struct policy_rule *rule;

    assert_int_equal(policy_builtin.rule_count, 1);
    assert_memory_equal(&policy_builtin.last_bytes, &read.policy->last_bytes,
                        sizeof policy_builtin.last_bytes);
    assert_int_equal(policy_builtin.endings->shift, read.policy->endings->shift);
    assert_true(policy_builtin.endings->bits[0] == read.policy->endings->bits[0]);
    assert_memory_equal(policy_builtin.endings->masks, read.policy->endings->masks,
                        sizeof read.policy->endings->masks);
    assert_int_equal(ask(&policy_builtin, NULL, "client_api_config.json", &rule), POLICY_MATCH);
    assert_int_equal(ask(&policy_builtin, NULL, "my_client_api_config.json", &rule), POLICY_MATCH);
    assert_string_equal(rule->name, expected->name);
    assert_int_equal(rule->mode, expected->mode);
    assert_true(rule->group == expected->group);
    /* All keys from here to the last at once; what pads the structure is nobody's. */
    assert_memory_equal(&rule->symlink, &expected->symlink,
                        FIELD(chmod) - FIELD(symlink) + sizeof rule->chmod);
    assert_int_equal(ask(&policy_builtin, NULL, "client_api_config.jso", &rule), POLICY_NO_MATCH);
    assert_int_equal(ask(&policy_builtin, NULL, "api_config.json", &rule), POLICY_NO_MATCH);
    policy_read_free(&read);
}

static void test_the_home_may_be_given_in_any_way(void **state)
{
    (void)state;
    static const struct {
        const char *home;
        const char *directory;
        enum policy_answer answer;
    } homes[] = {
        {"/home/u", "/home/u/d", POLICY_MATCH},
        {"/home/u/", "/home/u/d", POLICY_MATCH},
        {"/home/u//", "/home/u", MISS},
        {"/", "/d", POLICY_MATCH},
        {"/", "/e/d", MISS},
    };
    static const char text[] = "[r]\nmatch = ~/d/a";

    for (size_t i = 0; i < sizeof homes / sizeof homes[0]; i++) {
        struct policy_context context = {.home = homes[i].home, .group_id = group_id};
        struct policy_read read = policy_read_text(text, strlen(text), &context);
        const struct policy_rule *rule;
        assert_non_null(read.policy);
        assert_int_equal(ask(read.policy, homes[i].directory, "a", &rule), homes[i].answer);
        policy_read_free(&read);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_rule_has_the_defaults_of_the_contract),
        cmocka_unit_test(test_every_value_of_every_key_is_taken),
        cmocka_unit_test(test_keys_before_the_first_rule_are_about_the_whole_policy),
        cmocka_unit_test(test_a_text_may_come_from_another_system),
        cmocka_unit_test(test_one_rule_that_clamps_is_enough),
        cmocka_unit_test(test_one_rule_that_follows_links_is_enough),
        cmocka_unit_test(test_the_first_rule_that_matches_wins),
        cmocka_unit_test(test_the_cheap_test_rules_out_other_endings),
        cmocka_unit_test(
            test_the_cheap_test_among_10000_rules_lets_each_name_through_and_few_others),
        cmocka_unit_test(test_501_globs_between_colons),
        cmocka_unit_test(test_501_the_builtin_rule_is_the_one_of_the_contract),
        cmocka_unit_test(test_the_home_may_be_given_in_any_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
