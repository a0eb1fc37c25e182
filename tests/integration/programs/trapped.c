/*
 * Writes a file under a seccomp filter that hands fsync(2) to a handler of SIGSYS, as sandboxes do
 * that let a broker answer.
 *
 * usage: trapped FILE
 *
 * Exit status 77 where it is not known how the handler answers.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <err.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

static volatile sig_atomic_t answered;

static void answer(int signal, siginfo_t *info, void *context)
{
    ucontext_t *user = context;
    (void)signal;
    (void)info;
#if defined(__x86_64__) && !defined(__ILP32__)
    user->uc_mcontext.gregs[REG_RAX] = 0;
#elif defined(__aarch64__)
    user->uc_mcontext.regs[0] = 0;
#else
    (void)user;
    _exit(77);
#endif
    answered = 1;
}

int main(int argc, char **argv)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_fsync, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
    struct sigaction action = {.sa_sigaction = answer, .sa_flags = SA_SIGINFO};
    if (argc != 2)
        errx(2, "usage: trapped FILE");
    sigaction(SIGSYS, &action, NULL);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
        err(1, "seccomp");
    int fd = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0 || write(fd, "[\"whole\"]", 9) != 9 || fsync(fd) < 0 || !answered)
        err(1, "%s", argv[1]);
    answered = 0;
    if (close(fd) < 0)
        err(1, "%s", argv[1]);
    return 0;
}
