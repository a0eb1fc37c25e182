/*
 * Hooks of wait(2): a child that wrote a pending file and was killed spoils it (306).
 *
 * The child says while it lives for which files it counts (pending/statements.h); who reaps it
 * learns how it ended.  system(3) and pclose(3) reap inside libc: shell.c.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/hooks/hook.h"
#include "shim/pending/guests.h"

static pid_t reaped(pid_t pid, int status)
{
    if (pid > 0 && (WIFEXITED(status) || WIFSIGNALED(status)))
        guests_child_ended(pid, WIFSIGNALED(status));
    return pid;
}

/* The status is looked at, even if the program does not want it. */
#define DEFINE_WAIT(name, parameters, arguments, arguments_of_ours)                                \
    SLOW static pid_t name##_slow parameters                                                       \
    {                                                                                              \
        int ours = 0;                                                                              \
        pid_t pid = NEXT(name) arguments_of_ours;                                                  \
        if (pid > 0 && status)                                                                     \
            *status = ours;                                                                        \
        return reaped(pid, ours);                                                                  \
    }                                                                                              \
    EXPORT pid_t name parameters                                                                   \
    {                                                                                              \
        next_##name##_type *next = NEXT_SINCE_START(name);                                         \
        return LIKELY(next && !pending_ever()) ? next arguments : name##_slow arguments;           \
    }

DEFINE_WAIT(wait, (int *status), (status), (&ours))
DEFINE_WAIT(waitpid, (pid_t id, int *status, int options), (id, status, options),
            (id, &ours, options))
DEFINE_WAIT(wait3, (int *status, int options, struct rusage *usage), (status, options, usage),
            (&ours, options, usage))
DEFINE_WAIT(wait4, (pid_t id, int *status, int options, struct rusage *usage),
            (id, status, options, usage), (id, &ours, options, usage))
#ifdef __GLIBC__
DEFINE_WAIT(__wait, (int *status), (status), (&ours))
DEFINE_WAIT(__waitpid, (pid_t id, int *status, int options), (id, status, options),
            (id, &ours, options))
#endif

/* Also with WNOWAIT: what the child died of is known then. */
SLOW static int waitid_slow(idtype_t type, id_t id, siginfo_t *information, int options)
{
    siginfo_t ours = {0};
    int result = NEXT(waitid)(type, id, &ours, options);
    if (result == 0 && information)
        *information = ours;
    if (result == 0 && ours.si_pid > 0 && ours.si_signo == SIGCHLD) {
        bool died = ours.si_code == CLD_KILLED || ours.si_code == CLD_DUMPED;
        if (died || (ours.si_code == CLD_EXITED && !(options & WNOWAIT)))
            guests_child_ended(ours.si_pid, died);
    }
    return result;
}

EXPORT int waitid(idtype_t type, id_t id, siginfo_t *information, int options)
{
    next_waitid_type *next = NEXT_SINCE_START(waitid);
    return LIKELY(next && !pending_ever()) ? next(type, id, information, options)
                                           : waitid_slow(type, id, information, options);
}
