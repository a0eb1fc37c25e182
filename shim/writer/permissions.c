/*
 * Who may do what with a file, set on its descriptor.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "internal.h"

#include <sys/stat.h>

/*
 * The group goes first: chown(2) clears set-id bits, and a mode that grants the group something
 * must never meet the group that was inherited.  The ACL goes too: a default ACL of the directory
 * leaves named entries that a later chmod(2) would revive (acl(5)).
 */
int permissions_apply(const struct policy_rule *rule, int fd, mode_t current, mode_t wanted)
{
    int result = 0;
    if (rule->group != POLICY_NO_GROUP)
        result = sys_fchgrp(fd, rule->group);
    if (result == 0 && current != wanted)
        result = sys_fchmod(fd, wanted);
    if (result < 0)
        return result;
    result = sys_fremovexattr(fd, "system.posix_acl_access");
    return result == -ENODATA || result == -EOPNOTSUPP ? 0 : result;
}
