/*
 * A hook of a call that changes what stands under a name: the old file, the pending one, or both
 * (208).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SHIM_HOOKS_CHANGE_H
#define OWNERONLY_SHIM_HOOKS_CHANGE_H

#include "shim/hooks/hook.h"
#include "shim/hooks/names.h"

/*
 * flags: AT_SYMLINK_NOFOLLOW, as for names_target().  to_pending: the same, done to view.fd, or to
 * the path `own` that stands for it; `target` says whether the old file was changed before.
 */
#define DEFINE_CHANGE_SLOW(name, parameters, arguments, dirfd, flags, to_pending)                  \
    SLOW static int name##_slow parameters                                                         \
    {                                                                                              \
        int saved = errno;                                                                         \
        struct pending_view view;                                                                  \
        enum names_target target = names_target(dirfd, path, flags, &view);                        \
        int result = target == NAMES_PENDING ? 0 : NEXT(name) arguments;                           \
        if (target == NAMES_PLAIN)                                                                 \
            return result;                                                                         \
        struct names_path own = names_path(view.fd);                                               \
        (void)own;                                                                                 \
        if (result == 0)                                                                           \
            result = to_pending;                                                                   \
        return (int)names_close(&view, result, saved);                                             \
    }

#define DEFINE_CHANGE(name, parameters, arguments, dirfd, flags, to_pending)                       \
    DEFINE_CHANGE_SLOW(name, parameters, arguments, dirfd, flags, to_pending)                      \
    DEFINE_QUICK(int, name, parameters, arguments)

#endif
