/*
 * Every preset is a good policy, says where each of its rules comes from, and protects and leaves
 * the paths that its comments name.
 *
 * Comments before a rule: "# see URL", "# protects PATH", which that rule must do, and
 * "# leaves PATH", which no rule of the file may match.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "policy_helper.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define FILES_MAX 64

static const char *directory;

struct preset {
    char path[512];
    char text[8192];
};

static struct preset presets[FILES_MAX];
static size_t preset_count;

static void read_preset(const char *name)
{
    struct preset *preset = &presets[preset_count++];
    assert_true(preset_count < FILES_MAX);
    snprintf(preset->path, sizeof preset->path, "%s/%s", directory, name);
    FILE *file = fopen(preset->path, "re");
    assert_non_null(file);
    size_t length = fread(preset->text, 1, sizeof preset->text - 1, file);
    assert_true(length > 0 && length < sizeof preset->text - 1);
    preset->text[length] = '\0';
    fclose(file);
}

static int read_presets(void **state)
{
    (void)state;
    DIR *stream = opendir(directory);
    assert_non_null(stream);
    for (const struct dirent *entry; (entry = readdir(stream));)
        if (entry->d_name[0] != '.')
            read_preset(entry->d_name);
    closedir(stream);
    return preset_count > 10 ? 0 : -1;
}

/* A process of the system may have no home, and would be refused for a rule with "~/". */
static struct policy_read parse_preset(const struct preset *preset)
{
    struct policy_read read = policy_read_text(preset->text, strlen(preset->text), &without_home);
    if (!read.policy)
        fail_msg("%s:%u: %s", preset->path, read.error.line, read.error.text);
    return read;
}

static const struct policy_rule *rule_for(const struct policy *policy, char *path)
{
    const struct policy_rule *rule = NULL;
    char *slash = strrchr(path, '/');
    assert_non_null(slash);
    *slash = '\0';
    enum policy_answer answer = ask(policy, path, slash + 1, &rule);
    *slash = '/';
    return answer == POLICY_MATCH ? rule : NULL;
}

/* The rest of the line behind `word`, copied; NULL if it is another line. */
static char *behind(const char *line, const char *word, char copy[512])
{
    size_t length = strlen(word);
    if (strncmp(line, word, length) != 0)
        return NULL;
    snprintf(copy, 512, "%.*s", (int)strcspn(line + length, "\n"), line + length);
    return copy;
}

/* A file of a repository by the name of a branch. */
static bool is_moving(const char *address)
{
    static const char *const branches[] = {"/blob/main/", "/blob/master/", "/blob/develop/",
                                           "/blob/dev/", "/tree/main/"};
    for (size_t i = 0; i < sizeof branches / sizeof branches[0]; i++)
        if (strstr(address, branches[i]))
            return true;
    return false;
}

/* The lines of a rule's comment, from the rule before it on. */
static void check_comment(const struct preset *preset, const struct policy *policy,
                          const struct policy_rule *rule, const char *text)
{
    unsigned sources = 0;
    unsigned examples = 0;
    unsigned counterexamples = 0;
    char copy[512];
    const char *end = strstr(text, "\n[");

    assert_non_null(end);
    for (const char *line = text; line < end; line = strchr(line, '\n') + 1) {
        char *path = behind(line, "# protects ", copy);
        if (path && rule_for(policy, path) != rule)
            fail_msg("%s: [%s] does not protect %s", preset->path, rule->name, path);
        examples += path != NULL;
        path = behind(line, "# leaves ", copy);
        if (path && rule_for(policy, path))
            fail_msg("%s: %s is protected by [%s]", preset->path, path,
                     rule_for(policy, path)->name);
        counterexamples += path != NULL;
        path = behind(line, "# see https://", copy);
        if (path && is_moving(path))
            fail_msg("%s: what a branch shows moves, name a commit or a tag: %s", preset->path,
                     path);
        sources += path != NULL;
    }
    if (!sources || !examples || !counterexamples)
        fail_msg("%s: [%s] has no source, no example or no counterexample", preset->path,
                 rule->name);
}

static void test_a_preset_does_what_its_comments_say(void **state)
{
    (void)state;
    for (size_t i = 0; i < preset_count; i++) {
        struct policy_read read = parse_preset(&presets[i]);
        const char *text = presets[i].text;
        for (size_t rule = 0; rule < read.policy->rule_count; rule++) {
            check_comment(&presets[i], read.policy, &read.policy->rules[rule], text);
            text = strstr(text, "\n[") + 1;
        }
        policy_read_free(&read);
    }
}

/* What programs keep open, or pass to a child by its path. */
static void test_no_preset_touches_what_must_not_be_redirected(void **state)
{
    (void)state;
    static const char *const never[] = {
        "/srv/site-1/startup/db.sqlite",
        "/srv/site-1/startup/db.sqlite-wal",
        "/srv/site-1/startup/log.txt",
        "/srv/site-1/startup/token.txt",
        "/srv/site-1/startup/error.txt",
        "/srv/site-1/log_error.txt",
        "/srv/state/x.log",
        "/home/ann/.aws/cli/history/history.db",
        "/home/ann/.cache/huggingface/a.db",
        "/home/ann/.kube/cache/http/0123",
    };
    for (size_t i = 0; i < preset_count; i++) {
        struct policy_read read = parse_preset(&presets[i]);
        for (size_t n = 0; n < sizeof never / sizeof never[0]; n++) {
            char path[512];
            snprintf(path, sizeof path, "%s", never[n]);
            if (rule_for(read.policy, path))
                fail_msg("%s protects %s", presets[i].path, path);
        }
        policy_read_free(&read);
    }
}

static void test_all_presets_can_be_used_together(void **state)
{
    (void)state;
    struct policy_piece pieces[FILES_MAX];
    struct policy_error error = {.line = 0};
    for (size_t i = 0; i < preset_count; i++)
        pieces[i] = (struct policy_piece){.file = presets[i].path,
                                          .text = presets[i].text,
                                          .length = strlen(presets[i].text),
                                          .line = 1,
                                          .is_all = true};
    void *memory = malloc(policy_memory_size(pieces, preset_count, &without_home));
    assert_non_null(memory);
    const struct policy *policy = policy_parse(pieces, preset_count, &without_home, memory, &error);
    if (!policy)
        fail_msg("%s:%u: %s", error.file, error.line, error.text);
    free(memory);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_preset_does_what_its_comments_say),
        cmocka_unit_test(test_no_preset_touches_what_must_not_be_redirected),
        cmocka_unit_test(test_all_presets_can_be_used_together),
    };
    if (argc != 2)
        return 2;
    directory = argv[1];
    return cmocka_run_group_tests(tests, read_presets, NULL);
}
