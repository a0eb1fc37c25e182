/*
 * owneronly doctor: will the library really be there?
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "scripts/operator/doctor.h"
#include "shim/base/proc.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

void say(struct doctor *doctor, enum verdict verdict, const char *subject, const char *format, ...)
{
    static const char *const words[] = {"ok", "warning", "FAILED"};
    va_list arguments;
    printf("%s: ", words[verdict]);
    print_safely(stdout, subject, strlen(subject));
    fputs(": ", stdout);
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
    doctor->failed |= verdict == VERDICT_FAILED;
}

char *preload_list(const struct doctor *doctor)
{
    const char *before = getenv("LD_PRELOAD");
    bool first = !before || *before == '\0';
    char *list = NULL;
    if (asprintf(&list, "%s%s%s", first ? "" : before, first ? "" : ":", doctor->library) < 0)
        abort();
    return list;
}

static void check_policy(struct doctor *doctor)
{
    if (!configuration_is_good()) {
        say(doctor, VERDICT_FAILED, "policy",
            "refused, so no program would start; mend it as the line on standard error says");
        return;
    }
    const struct config *config = config_get();
    if (config->observe)
        say(doctor, VERDICT_WARNING, "policy",
            "OWNERONLY_MODE=observe protects nothing; unset it once the log looks right");
    else
        say(doctor, VERDICT_OK, "policy", "good, rules: %zu; owneronly check shows them",
            config->policy->rule_count);
}

static void check_library(struct doctor *doctor)
{
    const char *path = doctor->library;
    struct stat status;
    struct statvfs system;
    if (*path == '\0')
        say(doctor, VERDICT_FAILED, "library",
            "libowneronly.so was not found beside owneronly; install it there");
    else if (stat(path, &status) < 0)
        say(doctor, VERDICT_FAILED, path, "%s; install it there", strerror(errno));
    else if (strpbrk(path, ": \t\n"))
        say(doctor, VERDICT_FAILED, path,
            "the path holds a colon or white space, which LD_PRELOAD cannot; move it");
    else if (statvfs(path, &system) == 0 && (system.f_flag & ST_NOEXEC))
        say(doctor, VERDICT_FAILED, path,
            "on a file system mounted noexec, so it cannot be mapped; install it elsewhere");
    else if (!(status.st_mode & S_IROTH))
        say(doctor, VERDICT_WARNING, path,
            "not readable by others, whose programs would run unprotected; chmod a+r it");
    else if ((status.st_mode & (S_IWGRP | S_IWOTH)) ||
             (status.st_uid != 0 && status.st_uid != geteuid()))
        say(doctor, VERDICT_WARNING, path,
            "others can change it, and so run code in every program; chown and chmod go-w it");
    else
        say(doctor, VERDICT_OK, path, "the library");
}

static void check_proc(struct doctor *doctor)
{
    char path[PATH_MAX];
    int fd = open("/", O_PATH | O_CLOEXEC);
    if (fd >= 0 && proc_real_path(fd, path, sizeof path) == 1)
        say(doctor, VERDICT_OK, "/proc", "mounted");
    else
        say(doctor, VERDICT_FAILED, "/proc",
            "not mounted, so rules with a '/' refuse every write; mount it");
    if (fd >= 0)
        close(fd);
}

static int run(const struct arguments *arguments)
{
    struct doctor doctor = {.library = arguments->library};
    if (arguments->program && !arguments->program[0])
        return usage_error("doctor", "no COMMAND behind --", NULL);
    check_policy(&doctor);
    check_library(&doctor);
    check_proc(&doctor);
    if (arguments->program)
        check_program(&doctor, arguments->program);
    for (int i = 0; i < arguments->count; i++)
        check_directory(&doctor, arguments->operands[i]);
    check_child(&doctor);
    return doctor.failed ? EXIT_FOUND : EXIT_GOOD;
}

const struct command doctor_command = {
    .name = "doctor",
    .usage =
        "usage: owneronly doctor [-m GLOB]... [-p FILE] [DIR...] [-- COMMAND [ARG...]]\n"
        "\n"
        "Checks whether the library will really be there, and proves it by a protected write of a\n"
        "child in a temporary directory.  COMMAND is looked at, not run; in each DIR a file is\n"
        "published under a name of its own and removed.  One line for each check: ok, warning or\n"
        "FAILED, and what to do about it.\n"
        "\n"
        "  -m, --match GLOB   as for a command that is run; may be repeated\n"
        "  -p, --policy FILE  the same\n"
        "      --help         show this text\n"
        "\n"
        "Exit status: 0 if nothing failed, 1 if something did, 2 for wrong usage.\n",
    .run = run,
};
