/*
 * Mode, group and access control list of one file.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/writer/permissions.h"
#include "shim/base/proc.h"

#include <sys/stat.h>

static const char access_acl[] = "system.posix_acl_access";

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
    result = sys_fremovexattr(fd, access_acl);
    return result == -ENODATA || result == -EOPNOTSUPP ? 0 : result;
}

mode_t permissions_granted(const struct policy_rule *rule, gid_t group)
{
    bool same_group = rule->group == POLICY_NO_GROUP || rule->group == group;
    return same_group ? rule->mode : rule->mode & ~(mode_t)S_IRWXG;
}

static int has_acl(const char *path)
{
    ssize_t size = sys_getxattr(path, access_acl, NULL, 0);
    if (size == -ENODATA || size == -EOPNOTSUPP)
        return 0;
    return size < 0 ? (int)size : 1;
}

int permissions_has_acl(int fd)
{
    char path[PROC_FD_PATH_SIZE];
    proc_fd_path(path, fd);
    return has_acl(path);
}

/* A foreign file without an ACL needs no right to remove one. */
static int remove_acl(const char *path)
{
    int result = has_acl(path);
    return result > 0 ? sys_removexattr(path, access_acl) : result;
}

int permissions_tighten(const struct policy_rule *rule, int fd)
{
    struct statx status;
    if (sys_fstat(fd, &status) < 0)
        return -EPERM;
    if (!S_ISREG(status.stx_mode))
        return 0;
    char path[PROC_FD_PATH_SIZE];
    proc_fd_path(path, fd);
    mode_t current = status.stx_mode & 07777;
    mode_t wanted = current & permissions_granted(rule, status.stx_gid);
    int result = current == wanted ? 0 : sys_fchmodat(AT_FDCWD, path, wanted);
    if (result == 0)
        result = remove_acl(path);
    return result < 0 ? -EPERM : 0;
}
