/*
 * Files that arrive at a protected name.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "arrival.h"
#include "proc.h"

#include <sys/stat.h>

static const char access_acl[] = "system.posix_acl_access";

mode_t arrival_granted(const struct policy_rule *rule, gid_t group)
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

int arrival_has_acl(int fd)
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

int arrival_tighten(const struct policy_rule *rule, int fd)
{
    struct statx status;
    if (sys_fstat(fd, &status) < 0)
        return -EPERM;
    if (!S_ISREG(status.stx_mode))
        return 0;
    char path[PROC_FD_PATH_SIZE];
    proc_fd_path(path, fd);
    mode_t current = status.stx_mode & 07777;
    mode_t wanted = current & arrival_granted(rule, status.stx_gid);
    int result = current == wanted ? 0 : sys_fchmodat(AT_FDCWD, path, wanted);
    if (result == 0)
        result = remove_acl(path);
    return result < 0 ? -EPERM : 0;
}
