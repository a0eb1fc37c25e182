/*
 * Functions that are little more than a system call, for a libc that lacks them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/hooks/substitutes.h"
#include "shim/base/sys_process.h"

static int answer(long result)
{
    if (result >= 0)
        return (int)result;
    errno = (int)-result;
    return -1;
}

static int plain_openat2(int dirfd, const char *path, const struct open_how *how, size_t size)
{
    return answer(sys_call(SYS_openat2, dirfd, (long)path, (long)how, (long)size, 0));
}

static int plain_statx(int dirfd, const char *path, int flags, unsigned mask, struct statx *status)
{
    return answer(sys_call(SYS_statx, dirfd, (long)path, flags, (long)mask, (long)status));
}

#ifdef __GLIBC__

/* Before 2.33 these were in every program itself, as calls of the others, with this version. */
#if defined(__x86_64__)
#define STAT_VERSION 1
#elif defined(__i386__)
#define STAT_VERSION 3
#else
#define STAT_VERSION 0
#endif

static int plain_stat(const char *path, struct stat *status)
{
    return NEXT(__xstat)(STAT_VERSION, path, status);
}

static int plain_lstat(const char *path, struct stat *status)
{
    return NEXT(__lxstat)(STAT_VERSION, path, status);
}

static int plain_fstat(int fd, struct stat *status)
{
    return NEXT(__fxstat)(STAT_VERSION, fd, status);
}

static int plain_fstatat(int dirfd, const char *path, struct stat *status, int flags)
{
    return NEXT(__fxstatat)(STAT_VERSION, dirfd, path, status, flags);
}

static int plain_stat64(const char *path, stat64_type *status)
{
    return NEXT(__xstat64)(STAT_VERSION, path, status);
}

static int plain_lstat64(const char *path, stat64_type *status)
{
    return NEXT(__lxstat64)(STAT_VERSION, path, status);
}

static int plain_fstat64(int fd, stat64_type *status)
{
    return NEXT(__fxstat64)(STAT_VERSION, fd, status);
}

static int plain_fstatat64(int dirfd, const char *path, stat64_type *status, int flags)
{
    return NEXT(__fxstatat64)(STAT_VERSION, dirfd, path, status, flags);
}

static int plain_close_range(unsigned first, unsigned last, int flags)
{
    return answer(sys_call(SYS_close_range, (long)first, (long)last, flags, 0, 0));
}

/* Where the kernel is older than 5.9, one by one: as many as there can be (getrlimit(2)). */
static void plain_closefrom(int lowest)
{
    unsigned first = lowest < 0 ? 0 : (unsigned)lowest;
    if (sys_call(SYS_close_range, (long)first, UINT32_MAX, 0, 0, 0) == 0)
        return;
    /* Not sysconf(3): Debian's libc gave it a new meaning, so a package of it would want
     * glibc 2.34. */
    struct rlimit64 limit = {.rlim_cur = 0};
    (void)sys_getrlimit(RLIMIT_NOFILE, &limit);
    for (uint64_t fd = first; fd < limit.rlim_cur && fd <= INT32_MAX; fd++)
        sys_close((int)fd);
}

#endif

void *substitute_of(enum hook hook)
{
    switch (hook) {
    case HOOK_openat2:
        return (void *)plain_openat2;
    case HOOK_statx:
        return (void *)plain_statx;
#ifdef __GLIBC__
    case HOOK_close_range:
        return (void *)plain_close_range;
    case HOOK_closefrom:
        return (void *)plain_closefrom;
#define PLAIN(name)                                                                                \
    case HOOK_##name:                                                                              \
        return (void *)plain_##name;
        PLAIN(stat)
        PLAIN(lstat)
        PLAIN(fstat)
        PLAIN(fstatat)
        PLAIN(stat64)
        PLAIN(lstat64)
        PLAIN(fstat64)
        PLAIN(fstatat64)
#undef PLAIN
#endif
    default:
        return NULL;
    }
}
