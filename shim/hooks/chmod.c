/*
 * Hooks of chmod(2), setxattr(2) and their kin: the mode of protected names and pending files (402,
 * 403).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/hooks/chmod.h"
#include "shim/hooks/next.h"
#include "shim/pending/pending.h"

#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

mode_t clamp(int dirfd, const char *path, mode_t mode)
{
    if (!may_be_protected(path))
        return mode;
    struct match match = {.resolve = 0};
    if (match_path(&match, dirfd, path) == MATCH_PROTECTED &&
        match.rule->chmod == POLICY_CHMOD_CLAMP && (mode & ~match.rule->mode) != 0) {
        bool observe = config_get()->observe;
        match_log(&match, observe ? "observe-chmod" : "clamp", 0, NULL);
        mode = observe ? mode : mode & match.rule->mode;
    }
    match_close(&match);
    return mode;
}

/* Each hook is two functions, so that the one that everybody pays for is a test and a jump. */
#define DEFINE_CHMOD(name, parameters, arguments, dirfd)                                           \
    SLOW static int name##_slow parameters                                                         \
    {                                                                                              \
        mode = clamp(dirfd, path, mode);                                                           \
        return NEXT(name) arguments;                                                               \
    }                                                                                              \
    EXPORT int name parameters                                                                     \
    {                                                                                              \
        NEXT_TYPE(name) next = NEXT_SINCE_START(name);                                             \
        return LIKELY(next && !config_since_start()->policy->clamps) ? next arguments              \
                                                                     : name##_slow arguments;      \
    }

DEFINE_CHMOD(chmod, (const char *path, mode_t mode), (path, mode), AT_FDCWD)
DEFINE_CHMOD(lchmod, (const char *path, mode_t mode), (path, mode), AT_FDCWD)
DEFINE_CHMOD(fchmodat, (int dirfd, const char *path, mode_t mode, int flags),
             (dirfd, path, mode, flags), dirfd)

EXPORT int fchmod(int fd, mode_t mode)
{
    mode_t limit;
    if (pending_tracks(fd) && pending_mode_limit(fd, &limit))
        mode &= limit;
    return NEXT(fchmod)(fd, mode);
}

static bool is_access_acl(const char *name)
{
    return !is_null(name) && strcmp(name, "system.posix_acl_access") == 0;
}

/* Programs that copy an ACL expect file systems that have none. */
static int refuse_acl(void)
{
    errno = EOPNOTSUPP;
    return -1;
}

/* An access ACL holds a mode, and more: vim sets one after each close (acl(5)). */
static bool is_clamped_acl(const char *path, const char *name)
{
    return is_access_acl(name) && clamp(AT_FDCWD, path, 07777) != 07777;
}

EXPORT int setxattr(const char *path, const char *name, const void *value, size_t size, int flags)
{
    return is_clamped_acl(path, name) ? refuse_acl()
                                      : NEXT(setxattr)(path, name, value, size, flags);
}

EXPORT int lsetxattr(const char *path, const char *name, const void *value, size_t size, int flags)
{
    return is_clamped_acl(path, name) ? refuse_acl()
                                      : NEXT(lsetxattr)(path, name, value, size, flags);
}

EXPORT int fsetxattr(int fd, const char *name, const void *value, size_t size, int flags)
{
    mode_t limit;
    return pending_tracks(fd) && is_access_acl(name) && pending_mode_limit(fd, &limit)
               ? refuse_acl()
               : NEXT(fsetxattr)(fd, name, value, size, flags);
}
