/*
 * Hooks of system(3) and pclose(3): a shell that libc starts past every hook.
 *
 * Where standard output or error is a pending file, the shell is to be a guest like any other child
 * (306): what it runs is told, and what happens to it counts.  So that of system(3) is started
 * here, by the hook of posix_spawn(3).  Unlike libc's, this is no cancellation point.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/hooks/hook.h"
#include "shim/pending/guests.h"

#include <signal.h>
#include <unistd.h>

static bool writes_pending(void)
{
    return pending_tracks(1) || pending_tracks(2);
}

/* 0 or an errno. */
static int start(pid_t *pid, const char *command, const posix_spawn_file_actions_t *actions,
                 const posix_spawnattr_t *attributes)
{
    char *arguments[] = {(char *)"sh", (char *)"-c", (char *)command, NULL};
    return posix_spawn(pid, "/bin/sh", actions, attributes, arguments, environ);
}

/* The status, or -1 with errno. */
static int await(pid_t pid)
{
    int status;
    pid_t result;
    do
        result = waitpid(pid, &status, 0);
    while (result < 0 && errno == EINTR);
    return result < 0 ? -1 : status;
}

/* While any thread is in it: several may be, and the last one gives back what the first one took.
 */
static struct {
    int users;
    struct sigaction interrupt;
    struct sigaction quit;
} ignored;

static void ignore_keyboard(void)
{
    static const struct sigaction ignore = {.sa_handler = SIG_IGN};
    if (!pending_lock())
        return;
    if (ignored.users++ == 0) {
        sigaction(SIGINT, &ignore, &ignored.interrupt);
        sigaction(SIGQUIT, &ignore, &ignored.quit);
    }
    pending_unlock();
}

static void stop_ignoring(void)
{
    if (!pending_lock())
        return;
    if (--ignored.users == 0) {
        sigaction(SIGINT, &ignored.interrupt, NULL);
        sigaction(SIGQUIT, &ignored.quit, NULL);
    }
    pending_unlock();
}

/* The shell has signals as the caller has them. */
static void set_attributes(posix_spawnattr_t *attributes, const sigset_t *mask)
{
    sigset_t defaults;
    sigemptyset(&defaults);
    if (ignored.interrupt.sa_handler != SIG_IGN)
        sigaddset(&defaults, SIGINT);
    if (ignored.quit.sa_handler != SIG_IGN)
        sigaddset(&defaults, SIGQUIT);
    posix_spawnattr_init(attributes);
    posix_spawnattr_setsigmask(attributes, mask);
    posix_spawnattr_setsigdefault(attributes, &defaults);
    posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
}

SLOW static int run(const char *command)
{
    sigset_t child, saved;
    posix_spawnattr_t attributes;
    pid_t pid;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    ignore_keyboard();
    sigprocmask(SIG_BLOCK, &child, &saved);
    set_attributes(&attributes, &saved);
    int error = start(&pid, command, NULL, &attributes);
    int status = error == 0 ? await(pid) : 127 << 8; /* as if the shell had said so */
    int kept = errno;
    posix_spawnattr_destroy(&attributes);
    sigprocmask(SIG_SETMASK, &saved, NULL);
    stop_ignoring();
    errno = error ? error : kept;
    return status;
}

EXPORT int system(const char *command)
{
    next_system_type *next = NEXT_SINCE_START(system);
    if (LIKELY(next && !pending_ever()))
        return next(command);
    return command && writes_pending() ? run(command) : NEXT(system)(command);
}

/*
 * What a shell of popen(3) runs is told nothing: it is started inside libc.  But its own end is
 * seen.
 */
EXPORT int pclose(FILE *stream)
{
    int status = NEXT(pclose)(stream);
    if (status != -1 && WIFSIGNALED(status) && pending_ever())
        guests_shell_killed();
    return status;
}
