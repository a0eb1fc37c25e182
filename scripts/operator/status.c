/*
 * owneronly status: which running processes have the library, and what they were told.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "scripts/operator/operator.h"
#include "scripts/operator/process.h"
#include "scripts/operator/system_policy.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct told {
    const char *mode;
    const char *policy; /* a path; NULL: the built-in one, or none */
    const char *source; /* in the words of --json */
    const char *match;
    const char *log;
};

struct tally {
    unsigned long with;
    unsigned long replaced;
    unsigned long without; /* of those that were named */
    unsigned long hidden;
    bool hides_others; /* /proc shows no process of other users: hidepid, proc(5) */
    bool trouble;
};

/* As the library reads it: shim/config. */
static struct told what_was_told(const struct process *process)
{
    static const struct process nobody;
    const struct process *believed = process->is_privileged ? &nobody : process;
    struct told told = {
        .mode = process_variable(believed, "OWNERONLY_MODE"),
        .policy = process_variable(believed, "OWNERONLY_POLICY"),
        .source = "variable",
        .match = process_variable(believed, "OWNERONLY_MATCH"),
        .log = process_variable(believed, "OWNERONLY_LOG"),
    };
    if (!told.mode)
        told.mode = "enforce";
    if (strcmp(told.mode, "off") == 0) {
        told.policy = told.match = NULL;
        told.source = "none";
    } else if (!told.policy && has_system_policy(process->pid)) {
        told.policy = OWNERONLY_SYSTEM_POLICY;
        told.source = "system";
    } else if (!told.policy) {
        told.source = "built-in";
    }
    return told;
}

static void print_text(const char *text)
{
    print_safely(stdout, text, strlen(text));
}

static void print_told(const struct told *told)
{
    print_text(told->mode);
    if (strcmp(told->source, "none") == 0)
        return;
    fputs(", ", stdout);
    if (told->match) {
        fputs("OWNERONLY_MATCH ", stdout);
        print_text(told->match);
        fputs(", then ", stdout);
    }
    print_text(told->policy ? told->policy : "the built-in rule");
    if (strcmp(told->source, "system") == 0)
        fputs(" (the system's)", stdout);
    if (told->log) {
        fputs(", log ", stdout);
        print_text(told->log);
    }
}

static void print_line(const struct process *process)
{
    printf("%d: ", (int)process->pid);
    print_text(process->program);
    if (!process->library) {
        puts(": without the library");
        return;
    }
    struct told told = what_was_told(process);
    fputs(": ", stdout);
    print_told(&told);
    if (process->is_replaced) {
        fputs("; to be restarted: ", stdout);
        print_text(process->library);
        fputs(" was replaced or removed since", stdout);
    }
    putchar('\n');
}

static void print_member(const char *key, const char *value)
{
    printf(", \"%s\": ", key);
    if (value)
        print_json_string(stdout, value, strlen(value));
    else
        fputs("null", stdout);
}

static void print_json(const struct process *process)
{
    struct told told = {0};
    if (process->library)
        told = what_was_told(process);
    printf("{\"pid\": %d, \"uid\": %u", (int)process->pid, (unsigned)process->uid);
    print_member("program", process->program);
    print_member("library", process->library);
    printf(", \"restart\": %s", process->is_replaced ? "true" : "false");
    print_member("mode", told.mode);
    print_member("source", told.source);
    print_member("policy", told.policy);
    print_member("match", told.match);
    print_member("log", told.log);
    puts("}");
}

static void show(const struct process *process, bool json, struct tally *tally)
{
    tally->with += process->library != NULL;
    tally->replaced += process->is_replaced;
    if (json)
        print_json(process);
    else
        print_line(process);
}

static void trouble(struct tally *tally, const char *what, int error)
{
    complain("status", what, error);
    tally->trouble = true;
}

static void look_at_listed(pid_t pid, bool json, struct tally *tally)
{
    struct process process;
    int result = process_read(&process, pid);
    if (result == -EACCES || result == -EPERM)
        tally->hidden++;
    /* What keeps one process from being read keeps the others, too: it is said once. */
    else if (result < 0 && result != -ENOENT && result != -ESRCH && !tally->trouble)
        trouble(tally, "/proc/PID", -result);
    if (result < 0)
        return;
    if (process.library)
        show(&process, json, tally);
    process_release(&process);
}

/* A list that has not this very process is of other ones, or of none. */
static bool is_listed(const pid_t *pids, pid_t pid)
{
    for (; *pids != 0; pids++)
        if (*pids == pid)
            return true;
    return false;
}

static void look_at_all(bool json, struct tally *tally)
{
    pid_t *pids = process_list();
    if (!pids) {
        trouble(tally, "/proc", errno);
        return;
    }
    tally->trouble = !is_listed(pids, getpid());
    if (tally->trouble)
        fputs("owneronly status: /proc: does not show this process; mount it\n", stderr);
    tally->hides_others = pids[0] != 1;
    for (size_t i = 0; pids[i] != 0; i++)
        look_at_listed(pids[i], json, tally);
    free(pids);
}

static void print_tally(const struct tally *tally)
{
    printf("# %lu with the library, %lu of them to be restarted", tally->with, tally->replaced);
    if (tally->hidden > 0)
        printf("; %lu of other users, or with more rights, could not be looked at", tally->hidden);
    if (tally->hides_others && !tally->trouble)
        fputs("; /proc hides those of other users", stdout);
    putchar('\n');
}

static void look_at(const char *operand, bool json, struct tally *tally)
{
    struct process process;
    int result = process_read(&process, (pid_t)strtol(operand, NULL, 10));
    if (result < 0) {
        trouble(tally, operand, -result);
        return;
    }
    tally->without += !process.library;
    show(&process, json, tally);
    process_release(&process);
}

static bool is_pid(const char *operand)
{
    char *end;
    errno = 0;
    long pid = strtol(operand, &end, 10);
    return *operand >= '0' && *operand <= '9' && *end == '\0' && errno == 0 && pid > 0 &&
           pid <= INT_MAX;
}

static int status(const struct arguments *arguments)
{
    struct tally tally = {0};
    for (int i = 0; i < arguments->count; i++)
        if (!is_pid(arguments->operands[i]))
            return usage_error("status", "no PID:", arguments->operands[i]);
    for (int i = 0; i < arguments->count; i++)
        look_at(arguments->operands[i], arguments->json, &tally);
    if (arguments->count == 0)
        look_at_all(arguments->json, &tally);
    if (!arguments->json && arguments->count == 0)
        print_tally(&tally);
    if (tally.trouble)
        return EXIT_TROUBLE;
    return tally.replaced + tally.without > 0 ? EXIT_FOUND : EXIT_GOOD;
}

const struct command status_command = {
    .name = "status",
    .usage =
        "usage: owneronly status [--json] [PID...]\n"
        "\n"
        "Shows which running processes have the library, or whether each PID has it; by which\n"
        "mode and policy; and which are to be restarted, since the library was replaced or\n"
        "removed.\n"
        "\n"
        "      --json  one JSON object a line for each process\n"
        "      --help  show this text\n"
        "\n"
        "Exit status: 0 if none is to be restarted and each PID has the library, 1 if not, 2 for\n"
        "wrong usage, 3 if it cannot be told.\n",
    .run = status,
};
