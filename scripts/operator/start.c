/*
 * One program for every glibc from 2.17 on, wherever it was built: what glibc 2.33 and later give
 * new versions to is asked for under its old one, or done by a system call.  The linker turns the
 * names to these here (--wrap), those in crt1.o too.  Without glibc there is nothing to do.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <features.h>

#ifdef __GLIBC__

#include "scripts/operator/glibc.h"
#include "shim/base/sys.h"

#include <sys/stat.h>
#include <unistd.h>

typedef void routine(void);
typedef int main_function(int, char **, char **);

/*
 * Since 2.34 crt1.o brings no init routine along, and glibc runs the constructors itself, under
 * either version.  An older one runs none: this program has none.
 */
__asm__(".symver first_libc_start_main, __libc_start_main@" GLIBC_FIRST);
int first_libc_start_main(main_function *main, int argc, char **argv, routine *init, routine *fini,
                          routine *rtld_fini, void *stack_end);
int __wrap___libc_start_main(main_function *main, int argc, char **argv, routine *init,
                             routine *fini, routine *rtld_fini, void *stack_end);
int __wrap___libc_start_main(main_function *main, int argc, char **argv, routine *init,
                             routine *fini, routine *rtld_fini, void *stack_end)
{
    return first_libc_start_main(main, argc, argv, init, fini, rtld_fini, stack_end);
}

/* glibc's struct stat with 64-bit offsets is the kernel's. */
#if defined(__i386__)
#define SYS_stat_at SYS_fstatat64
#else
#define SYS_stat_at SYS_newfstatat
#endif

int __wrap_stat64(const char *path, struct stat *status);
int __wrap_stat64(const char *path, struct stat *status)
{
    return (int)syscall(SYS_stat_at, AT_FDCWD, path, status, 0);
}

int __wrap_lstat64(const char *path, struct stat *status);
int __wrap_lstat64(const char *path, struct stat *status)
{
    return (int)syscall(SYS_stat_at, AT_FDCWD, path, status, AT_SYMLINK_NOFOLLOW);
}

int __wrap_fstat64(int fd, struct stat *status);
int __wrap_fstat64(int fd, struct stat *status)
{
    return (int)syscall(SYS_stat_at, fd, "", status, AT_EMPTY_PATH);
}

int __wrap_fstatat64(int fd, const char *path, struct stat *status, int flags);
int __wrap_fstatat64(int fd, const char *path, struct stat *status, int flags)
{
    return (int)syscall(SYS_stat_at, fd, path, status, flags);
}

/* Since 2.38 headers mean another function, which also reads "0b1". */
long first_strtol(const char *text, char **end, int base) __asm__("strtol");
long __wrap___isoc23_strtol(const char *text, char **end, int base);
long __wrap___isoc23_strtol(const char *text, char **end, int base)
{
    return first_strtol(text, end, base);
}

#endif
