/*
 * Files that arrive at a protected name by rename(2) or link(2), and modes that are set on one.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_ARRIVAL_H
#define OWNERONLY_ARRIVAL_H

#include "policy.h"
#include "sys.h"

/* The permission bits that a file of this group may have: bits for the group are meant for the
 * rule's group. */
mode_t arrival_granted(const struct policy_rule *rule, gid_t group);

/* Does an access control list stand beside the mode of the file behind fd?  1, 0 or -errno. */
int arrival_has_acl(int fd);

/*
 * Cuts the file behind fd, any kind of descriptor, down to what the rule grants (401).  What is no
 * regular file is left alone.
 * Returns 0, or -EPERM where that can't be done.  Errno untouched, async-signal-safe.
 */
int arrival_tighten(const struct policy_rule *rule, int fd);

#endif
