/*
 * Calls that the kernel refuses, on a protected name or on none at all: NULL for a path, bits that
 * no kernel knows, sizes that are wrong.  Prints each call's result and error, so that two runs
 * can be compared.
 *
 * usage: refused NAME
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <utime.h>

/* What the compiler can't know. */
static const char *volatile nothing;
static const char *volatile wrong = (const char *)8;
static const char *name;

#define SHOW(call)                                                                                 \
    do {                                                                                           \
        errno = 0;                                                                                 \
        long result_ = (long)(call);                                                               \
        printf("%s: %s, %s\n", #call, result_ == -1 || result_ == 0 ? "fails" : "succeeds",        \
               strerror(errno));                                                                   \
    } while (0)

static void null_paths(void)
{
    char *const arguments[] = {(char *)"true", NULL};
    struct stat status;
    struct utimbuf times = {1, 1};
    char buffer[8];
    SHOW(open(nothing, O_WRONLY | O_CREAT, 0644));
    SHOW(open(nothing, O_RDONLY));
    SHOW(openat(AT_FDCWD, nothing, O_WRONLY | O_CREAT, 0644));
    SHOW(creat(nothing, 0644));
    SHOW(fopen(nothing, "w"));
    SHOW(fopen(nothing, "r"));
    SHOW(truncate(nothing, 0));
    SHOW(rename(nothing, name));
    SHOW(rename("absent", nothing));
    SHOW(rename(nothing, nothing));
    SHOW(renameat(AT_FDCWD, nothing, AT_FDCWD, nothing));
    SHOW(link("absent", nothing));
    SHOW(link(nothing, name));
    SHOW(linkat(AT_FDCWD, nothing, AT_FDCWD, nothing, 0));
    SHOW(syscall(SYS_renameat2, AT_FDCWD, nothing, AT_FDCWD, nothing, 2));
    SHOW(syscall(SYS_openat, AT_FDCWD, nothing, O_WRONLY | O_CREAT, 0644));
    SHOW(syscall(SYS_openat2, AT_FDCWD, nothing, nothing, 24));
    SHOW(chmod(nothing, 0600));
    SHOW(fchmodat(AT_FDCWD, nothing, 0600, 0));
    SHOW(setxattr(nothing, "user.x", "1", 1, 0));
    SHOW(setxattr(name, nothing, "1", 1, 0));
    SHOW(lsetxattr(nothing, "user.x", "1", 1, 0));
    SHOW(stat(nothing, &status));
    SHOW(lstat(nothing, &status));
    SHOW(fstatat(AT_FDCWD, nothing, &status, 0));
    SHOW(access(nothing, R_OK));
    SHOW(faccessat(AT_FDCWD, nothing, R_OK, 0));
    SHOW(euidaccess(nothing, R_OK));
    SHOW(chown(nothing, 0, 0));
    SHOW(lchown(nothing, 0, 0));
    SHOW(fchownat(AT_FDCWD, nothing, 0, 0, 0));
    SHOW(utime(nothing, &times));
    SHOW(utimes(nothing, NULL));
    SHOW(symlink(nothing, nothing));
    SHOW(symlinkat("absent", AT_FDCWD, nothing));
    SHOW(mkdir(nothing, 0700));
    SHOW(mkdirat(AT_FDCWD, nothing, 0700));
    SHOW(unlink(nothing));
    SHOW(unlinkat(AT_FDCWD, nothing, 0));
    SHOW(remove(nothing));
    SHOW(rmdir(nothing));
    SHOW(readlink(nothing, buffer, sizeof buffer));
    SHOW(realpath(nothing, NULL));
    SHOW(canonicalize_file_name(nothing));
    SHOW(getxattr(nothing, "user.x", buffer, sizeof buffer));
    SHOW(listxattr(nothing, buffer, sizeof buffer));
    SHOW(removexattr(nothing, "user.x"));
    SHOW(execv(nothing, arguments));
}

static long open2(uint64_t flags, uint64_t mode, uint64_t resolve, uint64_t tail, size_t size)
{
    struct {
        struct open_how how;
        uint64_t tail;
    } longer = {{flags, mode, resolve}, tail};
    return syscall(SYS_openat2, AT_FDCWD, name, &longer, size);
}

/* By the function, where this libc or the library has it. */
static long open2_by_name(const void *how, size_t size)
{
    int (*function)(int, const char *, const void *, size_t) =
        (int (*)(int, const char *, const void *, size_t))dlsym(RTLD_DEFAULT, "openat2");
    return function ? function(AT_FDCWD, name, how, size)
                    : syscall(SYS_openat2, AT_FDCWD, name, how, size);
}

static void wrong_requests(void)
{
    const size_t size = sizeof(struct open_how);
    SHOW(open2(O_WRONLY | O_CREAT | 1ULL << 40, 0600, 0, 0, size));
    SHOW(open2(O_WRONLY | O_CREAT | 0x10000000, 0600, 0, 0, size));
    SHOW(open2(O_WRONLY | O_TRUNC, 0600, 0, 0, size));
    SHOW(open2(O_WRONLY | O_CREAT, 0200000, 0, 0, size));
    SHOW(open2(O_WRONLY | O_CREAT, 0600, 1ULL << 30, 0, size));
    SHOW(open2(O_WRONLY | O_CREAT, 0600, 0, 1, size + 8));
    SHOW(open2(O_WRONLY | O_CREAT, 0600, 0, 0, size - 8));
    SHOW(open2(O_WRONLY | O_CREAT, 0600, 0, 0, 1 << 20));
    SHOW(syscall(SYS_openat2, AT_FDCWD, name, wrong, sizeof(struct open_how) - 8));
    SHOW(open2_by_name(wrong, sizeof(struct open_how) - 8));
    SHOW(open2_by_name(nothing, sizeof(struct open_how)));
    SHOW(syscall(SYS_close_range, 100, 200, 1 << 20));
    SHOW(syscall(SYS_close_range, 200, 100, 0));
    SHOW(close_range(100, 200, 1 << 20));

    static char path[5001];
    memset(path, '/', 5000);
    strcpy(path + 5000 - strlen(name), name);
    SHOW(truncate(path, 0));
    SHOW(open(path, O_WRONLY | O_CREAT, 0600));
    SHOW(access(path, R_OK));
    SHOW(truncate(name, -1));
    SHOW(open(name, O_WRONLY | O_CREAT | O_DIRECTORY, 0600));
    SHOW(open("", O_WRONLY | O_CREAT, 0600));
    SHOW(open(name, O_ACCMODE));
}

int main(int argc, char **argv)
{
    if (argc != 2)
        return 2;
    setvbuf(stdout, NULL, _IOLBF, 0);
    name = argv[1];
    null_paths();
    wrong_requests();
    return 0;
}
