/*
 * What the hooks of chmod(2) ask, for syscall(2) to ask it, too.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_CHMOD_H
#define OWNERONLY_CHMOD_H

#include "shim/hooks/match.h"

/* The mode to set instead of `mode` (402). */
mode_t clamp(int dirfd, const char *path, mode_t mode);

#endif
