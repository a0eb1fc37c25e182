/*
 * Runs a program as if its file systems knew neither O_TMPFILE nor RENAME_NOREPLACE.
 *
 * usage: without_tmpfile PROGRAM [ARGUMENT...]
 * SPDX-License-Identifier: Apache-2.0
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NUMBER offsetof(struct seccomp_data, nr)
/* The lower half, on little-endian machines. */
#define ARGUMENT(n) (offsetof(struct seccomp_data, args) + (n) * sizeof(__u64))
#define ANSWER(error) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (error))
#define PASS BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define LOAD(offset) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (offset))
#define UNLESS(value, skip) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), 0, (skip))
#define UNLESS_ANY(bits, skip) BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, (bits), 0, (skip))

/* open(2) and rename(2) say what such file systems answer. */
static struct sock_filter filter[] = {
    LOAD(NUMBER),
    UNLESS(SYS_openat, 4),
    LOAD(ARGUMENT(2)),
    UNLESS_ANY(O_TMPFILE & ~O_DIRECTORY, 1),
    ANSWER(EOPNOTSUPP),
    PASS,
    UNLESS(SYS_renameat2, 3),
    LOAD(ARGUMENT(4)),
    UNLESS_ANY(0xff, 1),
    ANSWER(EINVAL),
    PASS,
};

int main(int argc, char **argv)
{
    struct sock_fprog program = {sizeof filter / sizeof filter[0], filter};
    if (argc < 2 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) != 0) {
        perror("without_tmpfile");
        return 125;
    }
    execvp(argv[1], argv + 1);
    perror(argv[1]);
    return 127;
}
