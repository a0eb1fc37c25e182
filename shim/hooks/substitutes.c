/*
 * Functions that are little more than a system call, for a libc that lacks them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/hooks/substitutes.h"

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

#ifdef __GLIBC__

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
#ifdef __GLIBC__
    case HOOK_close_range:
        return (void *)plain_close_range;
    case HOOK_closefrom:
        return (void *)plain_closefrom;
#endif
    default:
        return NULL;
    }
}
