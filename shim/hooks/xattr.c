/*
 * Hooks of setxattr(2), removexattr(2) and their kin: an access ACL holds a mode, and more, so it
 * is limited like one (402, 403); every other attribute is also one of the pending file (208).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/hooks/change.h"
#include "shim/hooks/chmod.h"
#include "shim/writer/permissions.h"

#include <string.h>
#include <sys/xattr.h>

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
    return is_access_acl(name) && chmod_clamp(AT_FDCWD, path, 07777) != 07777;
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
