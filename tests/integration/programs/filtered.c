/*
 * Writes a file under a seccomp filter that kills the process at any system call but the ones that
 * the plain calls of libc need for it.
 *
 * usage: filtered open|openat|creat|fopen|dup|rename|read|exit|other FILE
 *
 * "other" makes a call that is not among them, and is to die: the filter is in force.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char document[] = "[\"new\"]";

static int finish(int fd)
{
    return fd < 0 || write(fd, document, strlen(document)) < 0 ? -1 : close(fd);
}

static int by_open(const char *path)
{
    return finish(open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644));
}

static int by_openat(const char *path)
{
    return finish(openat(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, 0644));
}

static int by_creat(const char *path)
{
    return finish(creat(path, 0644));
}

static int by_fopen(const char *path)
{
    FILE *stream = fopen(path, "w");
    return stream && fputs(document, stream) != EOF ? fclose(stream) : -1;
}

static int by_dup(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 20);
    return dup2(fd, 30) < 0 || close(fd) < 0 || close(30) < 0 ? -1 : finish(copy);
}

static int by_rename(const char *path)
{
    return by_open("moved") < 0 ? -1 : rename("moved", path);
}

static int by_read(const char *path)
{
    char text[sizeof document];
    int fd = by_open(path) < 0 ? -1 : open(path, O_RDONLY);
    return read(fd, text, sizeof text) == (ssize_t)strlen(document) ? close(fd) : -1;
}

static int by_exit(const char *path)
{
    if (by_open(path) < 0)
        return -1;
    syscall(SYS_exit, 0);
    return -1;
}

static int by_other(const char *path)
{
    return getppid() > 0 ? by_open(path) : -1;
}

#define ALLOW(call)                                                                                \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##call, 0, 1),                                         \
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

static int install_filter(void)
{
    static struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        ALLOW(openat),
        ALLOW(write),
        ALLOW(read),
        ALLOW(close),
        ALLOW(fcntl),
        ALLOW(exit),
        ALLOW(exit_group),
        ALLOW(brk), /* stdio's buffer */
        ALLOW(mmap),
        ALLOW(getrandom), /* malloc(3) */
#ifdef SYS_creat
        ALLOW(creat),
        ALLOW(dup2),
        ALLOW(rename),
#else
        ALLOW(dup3),
        ALLOW(renameat),
#endif
#ifdef SYS_newfstatat
        ALLOW(newfstatat), /* stdio asks for a good buffer size */
#endif
        ALLOW(fstat),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
    };
    struct sock_fprog program = {sizeof filter / sizeof filter[0], filter};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return -1;
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*write)(const char *);
    } ways[] = {
        {"open", by_open},   {"openat", by_openat}, {"creat", by_creat},
        {"fopen", by_fopen}, {"dup", by_dup},       {"rename", by_rename},
        {"read", by_read},   {"exit", by_exit},     {"other", by_other},
    };
    for (size_t i = 0; argc == 3 && i < sizeof ways / sizeof ways[0]; i++)
        if (strcmp(argv[1], ways[i].name) == 0)
            _exit(install_filter() < 0 ? 3 : ways[i].write(argv[2]) < 0 ? 1 : 0);
    return 2;
}
