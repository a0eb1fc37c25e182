/*
 * A file's mode and access control list as they were, to give them back (401).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/base/memory.h"
#include "shim/base/proc.h"
#include "shim/writer/permissions.h"

/* Of any length that an ACL may have: mapped, because the caller's stack may be small. */
static int save_acl(const char *path, struct permissions_saved *saved)
{
    ssize_t size = sys_getxattr(path, PERMISSIONS_ACL, NULL, 0);
    if (size == -ENODATA || size == -EOPNOTSUPP)
        return 0;
    if (size <= 0)
        return (int)size;
    void *acl = memory_map((size_t)size, MAP_PRIVATE);
    if (!acl)
        return -ENOMEM;
    saved->acl = acl;
    saved->acl_size = (size_t)size;
    size = sys_getxattr(path, PERMISSIONS_ACL, acl, saved->acl_size);
    return size < 0 ? (int)size : 0;
}

int permissions_save(int fd, struct permissions_saved *saved)
{
    *saved = (struct permissions_saved){.acl = NULL};
    struct statx status;
    int result = sys_fstat(fd, &status);
    if (result < 0)
        return result;
    saved->mode = status.stx_mode & 07777;
    char path[PROC_FD_PATH_SIZE];
    proc_fd_path(path, fd);
    result = save_acl(path, saved);
    if (result < 0)
        permissions_forget(saved);
    return result;
}

/* The mode first: what an ACL calls its mask is the mode's group bits (acl(5)). */
int permissions_restore(int fd, const struct permissions_saved *saved)
{
    char path[PROC_FD_PATH_SIZE];
    proc_fd_path(path, fd);
    int result = sys_fchmodat(AT_FDCWD, path, saved->mode);
    if (result == 0 && saved->acl)
        result = sys_setxattr(path, PERMISSIONS_ACL, saved->acl, saved->acl_size);
    return result;
}

void permissions_forget(struct permissions_saved *saved)
{
    if (!saved->acl)
        return;
    memory_unmap(saved->acl, saved->acl_size);
    saved->acl = NULL;
}
