/*
 * Hooks of chmod(2) and its kin: the mode of protected names and pending files (402, 403).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/hooks/chmod.h"
#include "shim/hooks/change.h"

#include <sys/stat.h>

mode_t chmod_clamp(int dirfd, const char *path, mode_t mode)
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

/* The pending file is asked for the mode that was asked for; it is never wider than the rule's. */
static int change_pending(const struct pending_view *view, mode_t mode)
{
    return NEXT(fchmod)(view->fd, pending_ask_mode(view, mode));
}

/* Is it dirfd itself that is meant?  Linux 6.6 and a newer libc know this. */
static bool is_descriptor(const char *path, int flags)
{
    return (flags & AT_EMPTY_PATH) && !is_null(path) && *path == '\0';
}

int chmod_target(int dirfd, const char *path, int flags, mode_t mode, bool *plain)
{
    int saved = errno;
    struct pending_view view;
    *plain = false;
    if (is_descriptor(path, flags) && pending_view_fd(dirfd, &view))
        return (int)names_close(&view, change_pending(&view, mode), saved);
    enum names_target target = names_target(dirfd, path, flags, &view);
    *plain = target != NAMES_PENDING;
    if (target == NAMES_PLAIN)
        return 0;
    return (int)names_close(&view, change_pending(&view, mode), saved);
}

/*
 * Each hook is two functions, so that the one that everybody pays for is a test and a jump.  What
 * is pending is changed first: it must not be published with an old mode meanwhile.
 */
#define DEFINE_CHMOD(name, parameters, arguments, dirfd, flags)                                    \
    SLOW static int name##_slow parameters                                                         \
    {                                                                                              \
        bool plain;                                                                                \
        int result = chmod_target(dirfd, path, flags, mode, &plain);                               \
        if (!plain || result < 0)                                                                  \
            return result;                                                                         \
        mode = chmod_clamp(dirfd, path, mode);                                                     \
        return NEXT(name) arguments;                                                               \
    }                                                                                              \
    EXPORT int name parameters                                                                     \
    {                                                                                              \
        NEXT_TYPE(name) next = NEXT_QUICK(name);                                                   \
        return LIKELY(next && !config_since_start()->policy->clamps) ? next arguments              \
                                                                     : name##_slow arguments;      \
    }

DEFINE_CHMOD(chmod, (const char *path, mode_t mode), (path, mode), AT_FDCWD, 0)
DEFINE_CHMOD(lchmod, (const char *path, mode_t mode), (path, mode), AT_FDCWD, AT_SYMLINK_NOFOLLOW)
DEFINE_CHMOD(fchmodat, (int dirfd, const char *path, mode_t mode, int flags),
             (dirfd, path, mode, flags), dirfd, flags)

SLOW static int fchmod_slow(int fd, mode_t mode)
{
    int saved = errno;
    struct pending_view view;
    if (!pending_view_fd(fd, &view))
        return NEXT(fchmod)(fd, mode);
    return (int)names_close(&view, change_pending(&view, mode), saved);
}

DEFINE_QUICK(int, fchmod, (int fd, mode_t mode), (fd, mode))
