/*
 * What the hooks of chmod(2) ask, for syscall(2) to ask it, too.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SHIM_HOOKS_CHMOD_H
#define OWNERONLY_SHIM_HOOKS_CHMOD_H

#include "shim/hooks/match.h"

/*
 * Sets the mode of the pending file that the path stands for, if one does (208).  *plain: the plain
 * call is to be made as well.  flags: AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH.  0, or -1 with errno.
 */
int chmod_target(int dirfd, const char *path, int flags, mode_t mode, bool *plain);

/* The mode to set instead of `mode` (402). */
mode_t chmod_clamp(int dirfd, const char *path, mode_t mode);

#endif
