/*
 * Hooks of chmod(2), setxattr(2) and their kin: the mode of protected names and pending files (402,
 * 403).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/hooks/chmod.h"
#include "shim/hooks/change.h"
#include "shim/writer/permissions.h"

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
        mode = clamp(dirfd, path, mode);                                                           \
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

static bool is_access_acl(const char *name)
{
    return !is_null(name) && strcmp(name, PERMISSIONS_ACL) == 0;
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

/* A pending file gets no list, which could grant more than the rule. */
static int set_pending(const struct pending_view *view, const char *name, const void *value,
                       size_t size, int flags)
{
    return is_access_acl(name) ? refuse_acl() : NEXT(fsetxattr)(view->fd, name, value, size, flags);
}

/* Where an old file stands, its own list is what the program asked for, and the pending one's mode
 * stays as narrow as it is. */
#define DEFINE_SETXATTR(name_of_call, flags_of_names)                                              \
    SLOW static int name_of_call##_slow(const char *path, const char *name, const void *value,     \
                                        size_t size, int flags)                                    \
    {                                                                                              \
        int saved = errno;                                                                         \
        struct pending_view view;                                                                  \
        if (is_clamped_acl(path, name))                                                            \
            return refuse_acl();                                                                   \
        enum names_target target = names_target(AT_FDCWD, path, flags_of_names, &view);            \
        int result =                                                                               \
            target == NAMES_PENDING ? 0 : NEXT(name_of_call)(path, name, value, size, flags);      \
        if (target == NAMES_PLAIN)                                                                 \
            return result;                                                                         \
        if (result == 0 && (target == NAMES_PENDING || !is_access_acl(name)))                      \
            result = set_pending(&view, name, value, size, flags);                                 \
        return (int)names_close(&view, result, saved);                                             \
    }                                                                                              \
    EXPORT int name_of_call(const char *path, const char *name, const void *value, size_t size,    \
                            int flags)                                                             \
    {                                                                                              \
        NEXT_TYPE(name_of_call) next = NEXT_QUICK(name_of_call);                                   \
        return LIKELY(next && !config_since_start()->policy->clamps)                               \
                   ? next(path, name, value, size, flags)                                          \
                   : name_of_call##_slow(path, name, value, size, flags);                          \
    }

DEFINE_SETXATTR(setxattr, 0)
DEFINE_SETXATTR(lsetxattr, AT_SYMLINK_NOFOLLOW)

SLOW static int fsetxattr_slow(int fd, const char *name, const void *value, size_t size, int flags)
{
    return pending_tracks(fd) && is_access_acl(name)
               ? refuse_acl()
               : NEXT(fsetxattr)(fd, name, value, size, flags);
}

DEFINE_QUICK(int, fsetxattr, (int fd, const char *name, const void *value, size_t size, int flags),
             (fd, name, value, size, flags))

DEFINE_CHANGE(removexattr, (const char *path, const char *name), (path, name), AT_FDCWD, 0,
              fremovexattr(view.fd, name))
DEFINE_CHANGE(lremovexattr, (const char *path, const char *name), (path, name), AT_FDCWD,
              AT_SYMLINK_NOFOLLOW, fremovexattr(view.fd, name))
