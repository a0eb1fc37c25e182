/*
 * Hooks of symlink(2) and mkdir(2): a name that is pending is taken (208).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/hooks/hook.h"
#include "shim/hooks/names.h"

#include <sys/stat.h>
#include <unistd.h>

/* Where something stands under the name, the call itself says so. */
static bool is_taken(int dirfd, const char *path)
{
    int saved = errno;
    struct pending_view view;
    enum names_target target = names_target(dirfd, path, AT_SYMLINK_NOFOLLOW, &view);
    if (target != NAMES_PLAIN)
        pending_view_close(&view);
    errno = target == NAMES_PENDING ? EEXIST : saved;
    return target == NAMES_PENDING;
}

#define DEFINE_MAKING(name, parameters, arguments, dirfd)                                          \
    SLOW static int name##_slow parameters                                                         \
    {                                                                                              \
        return is_taken(dirfd, path) ? -1 : NEXT(name) arguments;                                  \
    }                                                                                              \
    DEFINE_QUICK(int, name, parameters, arguments)

DEFINE_MAKING(symlink, (const char *target, const char *path), (target, path), AT_FDCWD)
DEFINE_MAKING(symlinkat, (const char *target, int dirfd, const char *path), (target, dirfd, path),
              dirfd)
DEFINE_MAKING(mkdir, (const char *path, mode_t mode), (path, mode), AT_FDCWD)
DEFINE_MAKING(mkdirat, (int dirfd, const char *path, mode_t mode), (dirfd, path, mode), dirfd)
