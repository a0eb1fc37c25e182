/*
 * Hooks of unlink(2) and remove(3): a name that is pending is taken back, and its file is dropped
 * when it ends, as that of any removed name (208).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/hooks/hook.h"
#include "shim/hooks/names.h"

#include <unistd.h>

/* The place first: afterwards the path may lead nowhere. */
#define DEFINE_UNLINK(name, parameters, arguments, dirfd, concerns)                                \
    SLOW static int name##_slow parameters                                                         \
    {                                                                                              \
        int saved = errno;                                                                         \
        struct place place;                                                                        \
        bool may_be_pending = (concerns) && names_locate_settled(dirfd, path, &place);             \
        int result = NEXT(name) arguments;                                                         \
        return may_be_pending ? (int)names_withdraw(&place, result, saved) : result;               \
    }                                                                                              \
    DEFINE_QUICK(int, name, parameters, arguments)

DEFINE_UNLINK(unlink, (const char *path), (path), AT_FDCWD, true)
/* With AT_REMOVEDIR it is rmdir(2), and a pending file is no directory. */
DEFINE_UNLINK(unlinkat, (int dirfd, const char *path, int flags), (dirfd, path, flags), dirfd,
              !(flags & AT_REMOVEDIR))
DEFINE_UNLINK(remove, (const char *path), (path), AT_FDCWD, true)
