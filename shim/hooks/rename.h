/*
 * What the hooks of rename(2) and link(2) ask, for syscall(2) to ask it, too.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_RENAME_H
#define OWNERONLY_RENAME_H

#include "shim/hooks/match.h"

/*
 * May `from` arrive at `to`?  If `to` is protected, `from` has been cut to the rule's mode (401).
 * flags: AT_EMPTY_PATH, AT_SYMLINK_FOLLOW, as for linkat(2).  False with errno set.
 */
bool arrive(int from_dir, const char *from, int to_dir, const char *to, int flags);

/* The same for renameat2(2), both ways with RENAME_EXCHANGE. */
bool arrive_by_rename(int from_dir, const char *from, int to_dir, const char *to, unsigned flags);

#endif
