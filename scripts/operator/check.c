/*
 * owneronly check: the policy in force, as a policy that says the same.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "policy/file/policy_file.h"
#include "scripts/operator/operator.h"

#include <fnmatch.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void print_source(const struct config *config)
{
    if (config->off) {
        puts("# policy: none is read, since OWNERONLY_MODE is off");
        return;
    }
    printf("# policy: %s", config->has_globs ? "OWNERONLY_MATCH, then " : "");
    switch (config->source) {
    case CONFIG_SOURCE_VARIABLE: {
        const char *path = getenv("OWNERONLY_POLICY");
        if (path)
            print_safely(stdout, path, strlen(path));
        puts(" (OWNERONLY_POLICY)");
        break;
    }
    case CONFIG_SOURCE_SYSTEM:
        puts(OWNERONLY_SYSTEM_POLICY " and " OWNERONLY_SYSTEM_POLICY ".d (the system's)");
        break;
    case CONFIG_SOURCE_BUILTIN:
        puts("built in, since there is no " OWNERONLY_SYSTEM_POLICY
             " and nothing in " OWNERONLY_SYSTEM_POLICY ".d");
    }
}

static void print_log(const struct config *config)
{
    static const char *const kinds[] = {
        [CONFIG_LOG_REFUSALS] = "refusals, to standard error",
        [CONFIG_LOG_STDERR] = "every decision, to standard error",
        [CONFIG_LOG_SYSLOG] = "every decision, to syslog",
        [CONFIG_LOG_FILE] = "every decision, to ",
    };
    printf("# log: %s", kinds[config->log]);
    if (config->log == CONFIG_LOG_FILE)
        print_safely(stdout, config->log_path, strlen(config->log_path));
    putchar('\n');
}

static void print_globs(const char *key, const struct policy_glob *glob)
{
    for (; glob; glob = policy_next_glob(glob)) {
        if (policy_glob_is_wide(glob) && strcmp(key, "match") == 0)
            puts("# warning: this matches nearly every name that a program writes");
        printf("%s = ", key);
        print_glob(glob, isatty(STDOUT_FILENO) == 1);
        putchar('\n');
    }
}

/* Of files that several processes hold open at once, which a new file under the name would part. */
static const char *const shared_endings[] = {".db",      ".db-wal",     ".db-journal", ".sqlite",
                                             ".sqlite3", ".sqlite-wal", ".lock",       ".lck"};

/* Can a glob of the list match a name that ends like this?  Only last components are looked at. */
static bool may_end_in(const struct policy_glob *glob, const char *ending)
{
    char sample[NAME_MAX];
    (void)snprintf(sample, sizeof sample, "data%s", ending);
    for (; glob; glob = policy_next_glob(glob)) {
        struct policy_glob_text text = policy_glob_text(glob);
        const char *slash = memrchr(text.bytes, '/', text.length);
        size_t skipped = slash ? (size_t)(slash + 1 - text.bytes) : 0;
        char *last = strndup(text.bytes + skipped, text.length - skipped);
        if (!last)
            return false;
        size_t length = strlen(last);
        size_t end = strlen(ending);
        /* What matches everything says nothing about what it is for. */
        bool can = strspn(last, "*") < length &&
                   ((length >= end && strcmp(last + length - end, ending) == 0) ||
                    fnmatch(last, sample, 0) == 0);
        free(last);
        if (can)
            return true;
    }
    return false;
}

static void warn_of_shared_files(const struct policy_rule *rule)
{
    if (rule->in_place == POLICY_IN_PLACE_ALWAYS)
        return;
    const char *separator = "# warning: names of databases or lock files match: *";
    for (size_t i = 0; i < sizeof shared_endings / sizeof shared_endings[0]; i++) {
        if (may_end_in(rule->match, shared_endings[i]) &&
            !may_end_in(rule->except, shared_endings[i])) {
            printf("%s%s", separator, shared_endings[i]);
            separator = " *";
        }
    }
    if (separator[0] != '#')
        puts("; give them a rule with in-place = always before this one, or except them");
}

static void print_rule(const struct policy_rule *rule)
{
    char value[POLICY_VALUE_SIZE];
    const char *key;
    fputs("\n# ", stdout);
    print_place(rule);
    putchar('\n');
    warn_of_shared_files(rule);
    if (rule->in_place == POLICY_IN_PLACE_ALWAYS)
        puts("# warning: in-place = always: whoever reads the file can see half of a write");
    printf("[%s]\n", rule->name);
    print_globs("match", rule->match);
    print_globs("except", rule->except);
    for (unsigned i = 0; (key = policy_setting(rule, i, value)) != NULL; i++) {
        if (value[0] == '\0')
            printf("# %s: as the file is created\n", key);
        else
            printf("%s = %s\n", key, value);
    }
}

static void print_globals(const struct policy *policy)
{
    char value[POLICY_VALUE_SIZE];
    const char *key;
    putchar('\n');
    for (unsigned i = 0; (key = policy_global_setting(policy, i, value)) != NULL; i++)
        printf("%s = %s\n", key, value);
}

static bool have_line_end(const struct policy_glob *glob)
{
    for (; glob; glob = policy_next_glob(glob)) {
        struct policy_glob_text text = policy_glob_text(glob);
        if (memchr(text.bytes, '\n', text.length))
            return true;
    }
    return false;
}

/* A line's end stands for itself in OWNERONLY_MATCH, and nothing stands for it in a policy file. */
static bool can_be_shown(const struct policy *policy)
{
    for (size_t i = 0; i < policy->rule_count; i++) {
        if (have_line_end(policy->rules[i].match) || have_line_end(policy->rules[i].except)) {
            fputs("owneronly check: a glob of OWNERONLY_MATCH holds the end of a line, "
                  "which no policy file can\n",
                  stderr);
            return false;
        }
    }
    return true;
}

static int check(const struct arguments *arguments)
{
    if (arguments->count > 1)
        return usage_error("check", "one FILE at a time, not also", arguments->operands[1]);
    if (arguments->count == 1 && arguments->has_policy)
        return usage_error("check", "FILE excludes -p:", arguments->operands[0]);
    if (arguments->count == 1) {
        char *path = absolute_path(arguments->operands[0]);
        set_variable("OWNERONLY_POLICY", path);
        free(path);
    }
    enum exit_status status = configuration_status("check");
    if (status != EXIT_GOOD)
        return status;
    if (!can_be_shown(config_get()->policy))
        return EXIT_FOUND;
    const struct config *config = config_get();
    print_source(config);
    printf("# mode: %s\n", config->off ? "off" : config->observe ? "observe" : "enforce");
    print_log(config);
    print_globals(config->policy);
    for (size_t i = 0; i < config->policy->rule_count; i++)
        print_rule(&config->policy->rules[i]);
    return lines_can_be_written() ? EXIT_GOOD : EXIT_FOUND;
}

const struct command check_command = {
    .name = "check",
    .usage =
        "usage: owneronly check [-m GLOB]... [-p FILE | FILE]\n"
        "\n"
        "Shows the policy that would be in force, where it comes from, and every setting of\n"
        "every rule, as a policy file that says the same; or what is wrong with it.\n"
        "\n"
        "  -m, --match GLOB   with this rule before it, as for a command that is run\n"
        "  -p, --policy FILE  this policy, as FILE\n"
        "      --help         show this text\n"
        "\n"
        "Exit status: 0 if all is good, 1 if the policy is refused or can't be shown, or the log\n"
        "or report can't be written, 2 for wrong usage, 3 if it cannot be told.\n",
    .run = check,
};
