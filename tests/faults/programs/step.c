/*
 * Runs a program up to one of its system calls, counted from the one after its access(2) or stat(2)
 * of "/begin", and there does what strace(1) can't.
 *
 * usage: step stop N PROGRAM [ARGUMENT...]
 *            stops itself before the Nth call; killed, it takes the program with it
 *        step kill N PROGRAM [ARGUMENT...]
 *            kills the program before the Nth call, and reaps it
 *        step short N PROGRAM [ARGUMENT...]
 *            lets the Nth call transfer half of what was asked for
 *
 * Ends as the program ends; 125 if the Nth call can't be shortened, 126 if there is none.
 * SPDX-License-Identifier: Apache-2.0
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define MARK "/begin"

static _Noreturn void fail(const char *what)
{
    perror(what);
    exit(125);
}

/* The number of the argument that says how much is to be transferred; -1 if there is none. */
static int size_argument(unsigned long long number)
{
    switch (number) {
    case SYS_read:
    case SYS_write:
    case SYS_pread64:
    case SYS_pwrite64:
        return 2;
    case SYS_sendfile:
        return 3;
    case SYS_copy_file_range:
        return 4;
    default:
        return -1;
    }
}

#ifdef __x86_64__
static void set_argument(pid_t pid, int index, unsigned long long value)
{
    struct user_regs_struct registers;
    if (ptrace(PTRACE_GETREGS, pid, NULL, &registers) != 0)
        fail("PTRACE_GETREGS");
    if (index == 2)
        registers.rdx = value;
    else if (index == 3)
        registers.r10 = value;
    else
        registers.r8 = value;
    if (ptrace(PTRACE_SETREGS, pid, NULL, &registers) != 0)
        fail("PTRACE_SETREGS");
}
#else
static void set_argument(pid_t pid, int index, unsigned long long value)
{
    (void)pid, (void)index, (void)value;
    errno = ENOSYS;
    fail("not ported to this machine");
}
#endif

static void shorten(pid_t pid, const struct __ptrace_syscall_info *info)
{
    int index = size_argument(info->entry.nr);
    unsigned long long size = index < 0 ? 0 : info->entry.args[index];
    if (size < 2) {
        fprintf(stderr, "step: nothing to shorten\n");
        exit(125);
    }
    /* Half of "as much as there is" would still be all. */
    set_argument(pid, index, size > 1 << 20 ? 100 : size / 2);
}

static bool is_mark(pid_t pid, const struct __ptrace_syscall_info *info)
{
    int path = info->entry.nr == SYS_faccessat ? 1 : -1;
#ifdef SYS_access
    if (info->entry.nr == SYS_access)
        path = 0;
#endif
#ifdef SYS_newfstatat
    if (info->entry.nr == SYS_newfstatat)
        path = 1;
#endif
    if (path < 0)
        return false;
    errno = 0;
    long bytes = ptrace(PTRACE_PEEKDATA, pid, (void *)info->entry.args[path], NULL);
    return errno == 0 && memcmp(&bytes, MARK, sizeof MARK) == 0;
}

/* To the next entry of a system call, whose description is put into *info; false at the end. */
static bool next_entry(pid_t pid, struct __ptrace_syscall_info *info, int *status)
{
    int signal = 0;
    do {
        if (ptrace(PTRACE_SYSCALL, pid, NULL, (void *)(long)signal) != 0 && errno != ESRCH)
            fail("PTRACE_SYSCALL");
        if (waitpid(pid, status, 0) != pid)
            fail("waitpid");
        if (!WIFSTOPPED(*status))
            return false;
        signal = WSTOPSIG(*status);
        if (signal == SIGTRAP || signal == (SIGTRAP | 0x80))
            signal = 0;
        info->op = PTRACE_SYSCALL_INFO_NONE;
        if (WSTOPSIG(*status) == (SIGTRAP | 0x80) &&
            ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof *info, info) < 0)
            fail("PTRACE_GET_SYSCALL_INFO");
    } while (info->op != PTRACE_SYSCALL_INFO_ENTRY);
    return true;
}

static pid_t start(char **command)
{
    pid_t pid = fork();
    if (pid < 0)
        fail("fork");
    if (pid == 0) {
        if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
            fail("PTRACE_TRACEME");
        raise(SIGSTOP);
        execvp(command[0], command);
        fail(command[0]);
    }
    int status;
    if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
        fail("waitpid");
    long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
    if (ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *)options) != 0)
        fail("PTRACE_SETOPTIONS");
    return pid;
}

static int end_as(int status)
{
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
    if (argc < 4)
        return 125;
    bool stops = strcmp(argv[1], "stop") == 0;
    bool kills = strcmp(argv[1], "kill") == 0;
    long wanted = atol(argv[2]);
    pid_t pid = start(argv + 3);
    struct __ptrace_syscall_info info;
    int status;
    bool marked = false;
    for (long count = 0; next_entry(pid, &info, &status);) {
        if (!marked)
            marked = is_mark(pid, &info);
        else if (++count == wanted && stops)
            raise(SIGSTOP);
        else if (count == wanted && kills)
            kill(pid, SIGKILL);
        else if (count == wanted)
            shorten(pid, &info);
        if (count == wanted && !stops) {
            while (next_entry(pid, &info, &status))
                ;
            return end_as(status);
        }
    }
    return 126;
}
