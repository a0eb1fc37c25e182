/*
 * owneronly explain: which rule protects a path, and what a write to it would meet.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "scripts/operator/explain.h"
#include "policy/file/policy_file.h"
#include "scripts/operator/operator.h"
#include "shim/base/path.h"
#include "shim/base/proc.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static int place_open(struct place *place, const char *path)
{
    char directory[PATH_MAX];
    place->name = path_name(path, strlen(path));
    int result = path_directory(path, place->name, directory);
    if (result < 0)
        return result;
    place->directory = sys_openat(AT_FDCWD, directory, O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
    if (place->directory < 0)
        return place->directory;
    ssize_t length = proc_real_directory(place->directory, place->real, sizeof place->real);
    if (length < 0) {
        sys_close(place->directory);
        place->lacks_proc = length == -ENOENT;
        return (int)length;
    }
    place->length = (size_t)length;
    place->is_system = proc_is_system_directory(place->directory);
    return 0;
}

void print_path(const char *directory, size_t length, const char *name)
{
    print_safely(stdout, directory, length);
    putchar('/');
    print_safely(stdout, name, strlen(name));
}

static const struct policy_glob *matching(const struct policy_glob *list, const struct place *place)
{
    return policy_matching_glob(list, place->real, place->length, place->name, strlen(place->name));
}

static void print_glob_line(const char *key, const struct policy_glob *glob)
{
    unsigned line = policy_glob_text(glob).line;
    printf("  %s: ", key);
    print_glob(glob, true);
    if (line > 0)
        printf(", line %u", line);
    putchar('\n');
}

static void print_rule(const char *key, const struct policy_rule *rule)
{
    printf("  %s: %s, ", key, rule->name);
    print_place(rule);
    putchar('\n');
}

/* Rules that would have protected it, but for an exception, up to the one that does. */
static void print_passed_over(const struct place *place, const struct policy_rule *end)
{
    for (const struct policy_rule *rule = config_get()->policy->rules; rule < end; rule++) {
        if (!matching(rule->match, place))
            continue;
        print_rule("not by rule", rule);
        print_glob_line("  match", matching(rule->match, place));
        print_glob_line("  except", matching(rule->except, place));
    }
}

static void print_settings(const struct policy_rule *rule)
{
    char value[POLICY_VALUE_SIZE];
    const char *key;
    fputs("  settings:", stdout);
    for (unsigned i = 0; (key = policy_setting(rule, i, value)) != NULL; i++)
        if (value[0] != '\0')
            printf(" %s=%s", key, value);
    putchar('\n');
}

static int explain_protected(const struct place *place, const struct policy_rule *rule)
{
    print_rule("rule", rule);
    print_glob_line("match", matching(rule->match, place));
    print_settings(rule);
    bool granted = print_writes(place, rule);
    if (config_get()->observe)
        puts("  mode: observe, so nothing of this is done; it is logged");
    return granted ? EXIT_GOOD : EXIT_FOUND;
}

/* The rule that matches there counts for nothing. */
static int explain_system(const struct place *place, const struct policy_rule *rule)
{
    print_rule("not by rule", rule);
    print_glob_line("  match", matching(rule->match, place));
    puts("  left alone: below /dev, /proc or /sys, whatever a rule says");
    return EXIT_GOOD;
}

static int explain_place(const struct place *place)
{
    const struct policy *policy = config_get()->policy;
    const struct policy_rule *rule = NULL;
    struct statx status = {0};
    if (path_name_is_directory(place->name) ||
        (sys_statx(place->directory, place->name, AT_SYMLINK_NOFOLLOW, &status) == 0 &&
         S_ISDIR(status.stx_mode))) {
        puts("  left alone: a directory");
        return EXIT_GOOD;
    }
    bool matches = policy_match(policy, place->real, place->length, place->name,
                                strlen(place->name), &rule) == POLICY_MATCH;
    print_passed_over(place, matches ? rule : policy->rules + policy->rule_count);
    if (matches)
        return (place->is_system ? explain_system : explain_protected)(place, rule);
    puts(config_get()->off ? "  left alone: OWNERONLY_MODE is off, so no policy is read"
                           : "  left alone: no rule protects it");
    return EXIT_GOOD;
}

static int explain_path(const char *path)
{
    struct place place = {.lacks_proc = false};
    int result = *path ? place_open(&place, path) : -ENOENT;
    if (place.lacks_proc) {
        fputs("owneronly explain: /proc: not mounted, so the real path is not known of ", stderr);
        print_safely(stderr, path, strlen(path));
        fputc('\n', stderr);
        return EXIT_TROUBLE;
    }
    if (result < 0) {
        complain("explain", path, -result);
        return EXIT_TROUBLE;
    }
    print_path(place.real, place.length, place.name);
    puts(":");
    int status = explain_place(&place);
    sys_close(place.directory);
    return status;
}

static int explain(const struct arguments *arguments)
{
    if (arguments->count == 0)
        return usage_error("explain", "no PATH given", NULL);
    if (configuration_status("explain") != EXIT_GOOD)
        return EXIT_TROUBLE;
    int worst = EXIT_GOOD;
    for (int i = 0; i < arguments->count; i++) {
        int status = explain_path(arguments->operands[i]);
        worst = status > worst ? status : worst;
    }
    return worst;
}

const struct command explain_command = {
    .name = "explain",
    .usage =
        "usage: owneronly explain [-m GLOB]... [-p FILE] PATH...\n"
        "\n"
        "Shows which rule protects each PATH, by which of its globs, and what a program would\n"
        "meet that rewrites it, updates it and keeps what stands there, appends to it, or asks "
        "for\n"
        "a new file.  Nothing is written: an unnamed file in the directory is opened and closed, "
        "or\n"
        "one with a hidden name made and removed where there is no O_TMPFILE.\n"
        "\n" USAGE_OF_POLICY_OPTIONS "      --help         show this text\n"
        "\n"
        "Exit status: 0 if every write would be granted, 1 if one would be refused (but a new "
        "file\n"
        "where one stands), 2 for wrong usage, 3 if it cannot be told.\n",
    .run = explain,
};
