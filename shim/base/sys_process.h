/*
 * System calls without libc, as in sys.h: on processes and their users, on time, threads and
 * sockets.
 *
 * Every function returns what syscalls(2) says, or -errno.  All are async-signal-safe.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SHIM_BASE_SYS_PROCESS_H
#define OWNERONLY_SHIM_BASE_SYS_PROCESS_H

#include "shim/base/sys.h"

#include <linux/futex.h>
#include <sys/resource.h>
#include <time.h>

/* As getrlimit(2), of this process. */
static inline int sys_getrlimit(int resource, struct rlimit64 *limit)
{
    return (int)sys_call(SYS_prlimit64, 0, resource, 0, (long)limit, 0);
}

static inline ssize_t sys_getrandom(void *buffer, size_t length)
{
    return sys_call(SYS_getrandom, (long)buffer, (long)length, 0, 0, 0);
}

static inline int sys_nanosleep(const struct timespec *pause)
{
#ifdef SYS_clock_nanosleep_time64
    if (sizeof pause->tv_sec > sizeof(long))
        return (int)sys_call(SYS_clock_nanosleep_time64, CLOCK_MONOTONIC, 0, (long)pause, 0, 0);
#endif
    return (int)sys_call(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, (long)pause, 0, 0);
}

static inline pid_t sys_getpid(void)
{
    return (pid_t)sys_call(SYS_getpid, 0, 0, 0, 0, 0);
}

static inline pid_t sys_getppid(void)
{
    return (pid_t)sys_call(SYS_getppid, 0, 0, 0, 0, 0);
}

static inline uid_t sys_geteuid(void)
{
#ifdef SYS_geteuid32
    return (uid_t)sys_call(SYS_geteuid32, 0, 0, 0, 0, 0);
#else
    return (uid_t)sys_call(SYS_geteuid, 0, 0, 0, 0, 0);
#endif
}

static inline uid_t sys_getuid(void)
{
#ifdef SYS_getuid32
    return (uid_t)sys_call(SYS_getuid32, 0, 0, 0, 0, 0);
#else
    return (uid_t)sys_call(SYS_getuid, 0, 0, 0, 0, 0);
#endif
}

static inline gid_t sys_getgid(void)
{
#ifdef SYS_getgid32
    return (gid_t)sys_call(SYS_getgid32, 0, 0, 0, 0, 0);
#else
    return (gid_t)sys_call(SYS_getgid, 0, 0, 0, 0, 0);
#endif
}

static inline gid_t sys_getegid(void)
{
#ifdef SYS_getegid32
    return (gid_t)sys_call(SYS_getegid32, 0, 0, 0, 0, 0);
#else
    return (gid_t)sys_call(SYS_getegid, 0, 0, 0, 0, 0);
#endif
}

/* Starts nothing, and says whether execveat(2) would: -EINVAL or -ENOSYS before Linux 6.14. */
static inline int sys_exec_check(int dirfd, const char *path, char *const arguments[],
                                 char *const environment[], int flags)
{
    return (int)sys_call(SYS_execveat, dirfd, (long)path, (long)arguments, (long)environment,
                         flags | AT_EXECVE_CHECK);
}

static inline int sys_socket(int domain, int type)
{
    return (int)sys_call(SYS_socket, domain, type, 0, 0, 0);
}

static inline int sys_connect(int fd, const void *address, size_t length)
{
    return (int)sys_call(SYS_connect, fd, (long)address, (long)length, 0, 0);
}

/* futex(2), between the threads of one process: sleeps while *word is value, or for no reason. */
static inline void sys_wait_while(const void *word, uint32_t value)
{
    (void)sys_call(SYS_futex, (long)word, FUTEX_WAIT_PRIVATE, (long)value, 0, 0);
}

static inline void sys_wake(const void *word, int threads)
{
    (void)sys_call(SYS_futex, (long)word, FUTEX_WAKE_PRIVATE, threads, 0, 0);
}

#endif
