/*
 * Mode, group and access control list of one file.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/writer/permissions.h"
#include "shim/base/proc.h"

#include <sys/stat.h>

static mode_t mode_of(const struct statx *status)
{
    return status->stx_mode & 07777;
}

static int look_again(const struct policy_rule *rule, int fd, struct statx *status, mode_t wanted)
{
    int result = sys_fstat(fd, status);
    if (result < 0)
        return result;
    bool other_group = rule->group != POLICY_NO_GROUP && status->stx_gid != rule->group;
    return other_group || permissions_exceed(mode_of(status), wanted) ? -EPERM : 0;
}

/*
 * The group goes first: chown(2) clears set-id bits, and a mode that grants the group something
 * must never meet the group that was inherited.  The ACL goes too: a default ACL of the directory
 * leaves named entries that a later chmod(2) would revive (acl(5)).
 */
int permissions_apply(const struct policy_rule *rule, int fd, struct statx *status, mode_t wanted)
{
    bool changed = false;
    int result = 0;
    if (rule->group != POLICY_NO_GROUP && status->stx_gid != rule->group) {
        result = sys_fchgrp(fd, rule->group);
        changed = true;
    }
    int mode_result = 0;
    if (result == 0 && mode_of(status) != wanted) {
        mode_result = sys_fchmod(fd, wanted);
        changed = true;
    }
    if (result == 0 && (mode_result == 0 || !permissions_exceed(mode_of(status), wanted))) {
        result = sys_fremovexattr(fd, PERMISSIONS_ACL);
        /* Removing none succeeds as well; and without bits for the group there is nothing to see.
         */
        changed = changed || (result == 0 && (wanted & S_IRWXG));
        if (result == -ENODATA || result == -EOPNOTSUPP)
            result = 0;
    }
    if (result == 0 && changed)
        result = look_again(rule, fd, status, wanted);
    return result == -EPERM && mode_result < 0 ? mode_result : result;
}

/* fchown(2) of a file that nobody sees asks the same: chgrp_ok() of the kernel's fs/attr.c. */
bool permissions_can_give_group(const struct policy_rule *rule)
{
    if (rule->group == POLICY_NO_GROUP)
        return true;
    int fd = sys_memfd_create("owneronly");
    if (fd < 0)
        return true;
    int result = sys_fchgrp(fd, rule->group);
    sys_close(fd);
    return result == 0;
}

mode_t permissions_granted(const struct policy_rule *rule, gid_t group)
{
    bool same_group = rule->group == POLICY_NO_GROUP || rule->group == group;
    return same_group ? rule->mode : rule->mode & ~(mode_t)S_IRWXG;
}

static int has_acl(const char *path)
{
    ssize_t size = sys_getxattr(path, PERMISSIONS_ACL, NULL, 0);
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
    return result > 0 ? sys_removexattr(path, PERMISSIONS_ACL) : result;
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
    mode_t wanted = mode_of(&status) & permissions_granted(rule, status.stx_gid);
    int result = 0;
    if (mode_of(&status) != wanted) {
        result = sys_fchmodat(AT_FDCWD, path, wanted);
        if (result == 0)
            result = sys_fstat(fd, &status);
        if (result == 0 && permissions_exceed(mode_of(&status), wanted))
            result = -EPERM;
    }
    if (result == 0)
        result = remove_acl(path);
    return result < 0 ? -EPERM : 0;
}
