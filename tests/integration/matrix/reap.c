/*
 * Runs a program until it and everything that it started has ended: children, orphans, daemons.
 *
 * usage: reap PROGRAM [ARGUMENT...]
 *
 * Exit status: the program's, 128 plus the signal that ended it.  On SIGTERM, and if they hang, all
 * of them are stopped first, so that none sees another one end, and then killed.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define DESCENDANTS_MAX 256
#define HANGING_SECONDS 60

static pid_t family[DESCENDANTS_MAX]; /* this process first, each parent before its children */
static size_t family_size;

static bool is_family(pid_t pid)
{
    for (size_t i = 0; i < family_size; i++)
        if (family[i] == pid)
            return true;
    return false;
}

static pid_t parent_of(const char *pid)
{
    char path[64], line[512];
    snprintf(path, sizeof path, "/proc/%.20s/stat", pid);
    FILE *file = fopen(path, "re");
    char *end = file && fgets(line, sizeof line, file) ? strrchr(line, ')') : NULL;
    if (file)
        fclose(file);
    char state;
    int parent = -1;
    return end && sscanf(end, ") %c %d", &state, &parent) == 2 ? parent : -1;
}

/* False if there is nobody new. */
static bool stop_newcomers(void)
{
    size_t before = family_size;
    DIR *proc = opendir("/proc");
    for (struct dirent *entry; proc && (entry = readdir(proc));) {
        pid_t pid = atoi(entry->d_name);
        if (pid <= 0 || is_family(pid) || !is_family(parent_of(entry->d_name)) ||
            family_size == DESCENDANTS_MAX)
            continue;
        kill(pid, SIGSTOP);
        family[family_size++] = pid;
    }
    if (proc)
        closedir(proc);
    return family_size > before;
}

static void kill_all(void)
{
    family[0] = getpid();
    family_size = 1;
    while (stop_newcomers())
        ;
    for (size_t i = 1; i < family_size; i++)
        kill(family[i], SIGKILL);
}

/* False when nobody is left. */
static bool collect(pid_t first, int *first_status)
{
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        if (pid == first)
            *first_status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    return !(pid < 0 && errno == ECHILD);
}

int main(int count, char **arguments)
{
    if (count < 2)
        return 125;
    sigset_t signals, before;
    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGALRM);
    sigprocmask(SIG_BLOCK, &signals, &before);
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);

    pid_t first = fork();
    if (first == 0) {
        sigprocmask(SIG_SETMASK, &before, NULL);
        execvp(arguments[1], arguments + 1);
        _exit(127);
    }
    int status = 127;
    alarm(HANGING_SECONDS);
    while (collect(first, &status))
        if (sigwaitinfo(&signals, NULL) != SIGCHLD)
            kill_all();
    return status;
}
