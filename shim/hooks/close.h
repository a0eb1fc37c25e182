/*
 * What the hook of close_range(2) asks, for syscall(2) to ask it, too.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SHIM_HOOKS_CLOSE_H
#define OWNERONLY_SHIM_HOOKS_CLOSE_H

#include "shim/base/sys.h"

/* Will the kernel close these descriptors?  What it refuses lets go of nothing. */
static inline bool close_range_closes(unsigned first, unsigned last, int flags)
{
    return (flags & ~(int)CLOSE_RANGE_UNSHARE) == 0 && first <= last;
}

#endif
