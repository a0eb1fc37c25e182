/*
 * Hooks of the calls that ask about a name without opening it: of a file that is pending they say
 * what they would of any other (208).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/hooks/hook.h"
#include "shim/hooks/names.h"

#include <sys/xattr.h>
#include <unistd.h>

/* of_pending: the same, asked of look.view.fd, or of the path `own` that stands for it. */
#define DEFINE_ASKING(type, name, parameters, arguments, dirfd, of_pending)                        \
    SLOW static type name##_slow parameters                                                        \
    {                                                                                              \
        struct names_look look = names_look();                                                     \
        type result;                                                                               \
        do                                                                                         \
            result = NEXT(name) arguments;                                                         \
        while (names_again(&look, result, dirfd, path));                                           \
        if (!look.missed)                                                                          \
            return result;                                                                         \
        struct names_path own = names_path(look.view.fd);                                          \
        (void)own;                                                                                 \
        result = of_pending;                                                                       \
        return (type)names_close(&look.view, result, look.saved);                                  \
    }                                                                                              \
    DEFINE_QUICK(type, name, parameters, arguments)

DEFINE_ASKING(int, access, (const char *path, int mode), (path, mode), AT_FDCWD,
              NEXT(access)(own.text, mode))
DEFINE_ASKING(int, eaccess, (const char *path, int mode), (path, mode), AT_FDCWD,
              NEXT(eaccess)(own.text, mode))
DEFINE_ASKING(int, euidaccess, (const char *path, int mode), (path, mode), AT_FDCWD,
              NEXT(euidaccess)(own.text, mode))
DEFINE_ASKING(int, faccessat, (int dirfd, const char *path, int mode, int flags),
              (dirfd, path, mode, flags), dirfd,
              NEXT(faccessat)(AT_FDCWD, own.text, mode, flags & ~AT_SYMLINK_NOFOLLOW))

/* A regular file is no link. */
static int no_link(void)
{
    errno = EINVAL;
    return -1;
}

DEFINE_ASKING(ssize_t, readlink, (const char *path, char *buffer, size_t size),
              (path, buffer, size), AT_FDCWD, no_link())
DEFINE_ASKING(ssize_t, readlinkat, (int dirfd, const char *path, char *buffer, size_t size),
              (dirfd, path, buffer, size), dirfd, no_link())

DEFINE_ASKING(ssize_t, getxattr, (const char *path, const char *name, void *value, size_t size),
              (path, name, value, size), AT_FDCWD, fgetxattr(look.view.fd, name, value, size))
DEFINE_ASKING(ssize_t, lgetxattr, (const char *path, const char *name, void *value, size_t size),
              (path, name, value, size), AT_FDCWD, fgetxattr(look.view.fd, name, value, size))
DEFINE_ASKING(ssize_t, listxattr, (const char *path, char *list, size_t size), (path, list, size),
              AT_FDCWD, flistxattr(look.view.fd, list, size))
DEFINE_ASKING(ssize_t, llistxattr, (const char *path, char *list, size_t size), (path, list, size),
              AT_FDCWD, flistxattr(look.view.fd, list, size))
