/*
 * Hooks of rename(2), link(2) and their kin: what arrives at a protected name is cut to its rule's
 * mode (401).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/hooks/rename.h"
#include "shim/hooks/next.h"
#include "shim/writer/permissions.h"

#include <unistd.h>

/* A descriptor of what arrives, or -1: then the call itself will say what is wrong. */
static int open_source(int dirfd, const char *path, bool follow)
{
    int saved = errno;
    int fd = NEXT(openat)(dirfd, path, O_PATH | O_CLOEXEC | (follow ? 0 : O_NOFOLLOW));
    errno = saved;
    return fd;
}

static bool tighten(const struct match *match, int fd)
{
    int result = permissions_tighten(match->rule, fd);
    match_log(match, result == 0 ? "tighten" : "refuse", result,
              result == 0 ? NULL : "the arriving file's mode or ACL cannot be cut");
    if (result < 0)
        errno = -result;
    return result == 0;
}

static bool answer(struct match *match, int from_dir, const char *from, int flags)
{
    if (match->rule->rename == POLICY_RENAME_PASS)
        return true;
    if (config_get()->observe) {
        match_log(match, "observe-arrival", 0, NULL);
        return true;
    }
    bool by_descriptor = (flags & AT_EMPTY_PATH) && *from == '\0';
    int fd = by_descriptor ? from_dir : open_source(from_dir, from, flags & AT_SYMLINK_FOLLOW);
    if (fd < 0)
        return true;
    bool allowed = tighten(match, fd);
    if (!by_descriptor)
        sys_close(fd);
    return allowed;
}

bool arrive(int from_dir, const char *from, int to_dir, const char *to, int flags)
{
    if (!from || !may_be_protected(to))
        return true;
    bool allowed = true;
    struct match match = {.resolve = 0};
    switch (match_path(&match, to_dir, to)) {
    case MATCH_NONE:
        break;
    case MATCH_FAILED:
        allowed = false;
        break;
    case MATCH_PROTECTED:
        /* Without its directory there is nowhere to arrive. */
        allowed =
            !match_open_directory(&match, to_dir, to) || answer(&match, from_dir, from, flags);
    }
    match_close(&match);
    return allowed;
}

bool arrive_by_rename(int from_dir, const char *from, int to_dir, const char *to, unsigned flags)
{
    return arrive(from_dir, from, to_dir, to, 0) &&
           (!(flags & RENAME_EXCHANGE) || arrive(to_dir, to, from_dir, from, 0));
}

/* Each hook is two functions, so that the one that everybody pays for is a test and a jump. */
#define DEFINE_ARRIVAL(name, parameters, arguments, arrives)                                       \
    SLOW static int name##_slow parameters                                                         \
    {                                                                                              \
        return arrives ? NEXT(name) arguments : -1;                                                \
    }                                                                                              \
    EXPORT int name parameters                                                                     \
    {                                                                                              \
        return LIKELY(NEXT_SINCE_START(name) && !may_be_protected_since_start(to))                 \
                   ? NEXT_SINCE_START(name) arguments                                              \
                   : name##_slow arguments;                                                        \
    }

DEFINE_ARRIVAL(rename, (const char *from, const char *to), (from, to),
               arrive(AT_FDCWD, from, AT_FDCWD, to, 0))
DEFINE_ARRIVAL(renameat, (int from_dir, const char *from, int to_dir, const char *to),
               (from_dir, from, to_dir, to), arrive(from_dir, from, to_dir, to, 0))
DEFINE_ARRIVAL(link, (const char *from, const char *to), (from, to),
               arrive(AT_FDCWD, from, AT_FDCWD, to, 0))
DEFINE_ARRIVAL(linkat, (int from_dir, const char *from, int to_dir, const char *to, int flags),
               (from_dir, from, to_dir, to, flags), arrive(from_dir, from, to_dir, to, flags))

#ifdef __GLIBC__
/* An exchange makes both names arrive, so this one asks always. */
EXPORT int renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned flags)
{
    return arrive_by_rename(from_dir, from, to_dir, to, flags)
               ? NEXT(renameat2)(from_dir, from, to_dir, to, flags)
               : -1;
}
#endif
