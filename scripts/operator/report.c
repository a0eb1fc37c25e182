/*
 * Runs a command as a shell would: in its own process group and terminal, signals passed on.
 *
 * All signals are blocked here and taken one by one, so that none ends this program before the
 * command is at its end.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "scripts/operator/report.h"
#include "scripts/operator/operator.h"
#include "shim/config/fatal.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define STATUS_NOT_EXECUTABLE 126
#define STATUS_NOT_FOUND 127
#define STATUS_SIGNAL 128

struct place {
    char directory[PATH_MAX];
    char file[PATH_MAX + 8];
};

static int fail(const char *what)
{
    fprintf(stderr, "owneronly: --report: %s: ", what);
    print_error(stderr, errno);
    fputc('\n', stderr);
    return FATAL_EXIT_STATUS;
}

/*
 * A directory of one's own, so that nobody else can say what is in the report.  Who still runs when
 * it is gone writes to no other file that may stand there then: output_to_report().
 */
static FILE *make_report(struct place *place)
{
    const char *parent = getenv("TMPDIR");
    if (!parent || *parent != '/')
        parent = "/tmp";
    int length = snprintf(place->directory, sizeof place->directory, "%s/owneronly.XXXXXX", parent);
    if (length >= (int)sizeof place->directory) {
        errno = ENAMETOOLONG;
        return NULL;
    }
    if (!mkdtemp(place->directory))
        return NULL;
    snprintf(place->file, sizeof place->file, "%s/report", place->directory);
    FILE *report = fopen(place->file, "w+ex");
    if (!report)
        rmdir(place->directory);
    return report;
}

static void remove_report(const struct place *place)
{
    unlink(place->file);
    rmdir(place->directory);
}

__attribute__((noreturn)) static void execute(char **command, const sigset_t *mask,
                                              const struct sigaction *on_child)
{
    sigaction(SIGCHLD, on_child, NULL);
    sigprocmask(SIG_SETMASK, mask, NULL);
    execvp(command[0], command);
    int error = errno;
    fputs("owneronly: ", stderr);
    print_safely(stderr, command[0], strlen(command[0]));
    fputs(": ", stderr);
    print_error(stderr, error);
    fputc('\n', stderr);
    _exit(error == ENOENT ? STATUS_NOT_FOUND : STATUS_NOT_EXECUTABLE);
}

/* True when the child has ended.  When it stops, so does this program: the shell waits for it. */
static bool has_ended(pid_t child, int *status)
{
    if (waitpid(child, status, WNOHANG | WUNTRACED) != child)
        return false;
    if (!WIFSTOPPED(*status))
        return true;
    /* What lets this program go on again is passed on as well. */
    kill(getpid(), SIGSTOP);
    return false;
}

/* The kernel itself sends to all of a terminal's process group, and to the command as well. */
static void pass_on(pid_t child, const siginfo_t *signal)
{
    if (signal->si_code != SI_KERNEL && signal->si_pid != child)
        kill(child, signal->si_signo);
}

static int wait_for(pid_t child, const sigset_t *all)
{
    int status = 0;
    siginfo_t signal;
    for (;;) {
        if (sigwaitinfo(all, &signal) < 0)
            continue;
        if (signal.si_signo != SIGCHLD)
            pass_on(child, &signal);
        else if (has_ended(child, &status))
            return WIFSIGNALED(status) ? STATUS_SIGNAL + WTERMSIG(status) : WEXITSTATUS(status);
    }
}

static int run(char **command)
{
    sigset_t all, mask;
    struct sigaction on_child;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &mask);
    /* Whoever ignores it has no children to wait for. */
    sigaction(SIGCHLD, &(struct sigaction){.sa_handler = SIG_DFL}, &on_child);
    pid_t child = fork();
    if (child == 0)
        execute(command, &mask, &on_child);
    return child < 0 ? fail("the command cannot be started") : wait_for(child, &all);
}

int report_run(const char *preload, char **command)
{
    struct place place;
    int status = FATAL_EXIT_STATUS;
    FILE *report = make_report(&place);
    if (!report)
        return fail("no temporary file can be made");
    set_variable("OWNERONLY_REPORT", place.file);
    set_variable("LD_PRELOAD", preload);
    /* It said already what is wrong with the directory of temporary files. */
    if (lines_can_be_written()) {
        status = run(command);
        tally(report, count_running(place.file), stderr);
    }
    fclose(report);
    remove_report(&place);
    return status;
}
