/*
 * Who may do what with a file: the rule's mode and group, and no access control list (401, 403).
 *
 * For the writer's new files, and for files that arrive at a protected name by rename(2) or
 * link(2).  Whatever was changed is looked at again: there are file systems that take any mode and
 * keep none.  Errno untouched, async-signal-safe.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SHIM_WRITER_PERMISSIONS_H
#define OWNERONLY_SHIM_WRITER_PERMISSIONS_H

#include "policy/rules/policy.h"
#include "shim/base/sys.h"

/* The extended attribute that holds an access control list: acl(5), xattr(7). */
#define PERMISSIONS_ACL "system.posix_acl_access"

/*
 * The rule's group, the mode `wanted` and no inherited ACL onto fd, of which *status is true.
 * *status is what was found afterwards: its mode grants group and others nothing that `wanted` does
 * not, and may be narrower where the file system knows no such mode.
 * Returns 0 or -errno: fchmod(2), fchown(2), fremovexattr(2); -EPERM if the call succeeded and the
 * mode or group is not what was asked for.
 */
int permissions_apply(const struct policy_rule *rule, int fd, struct statx *status, mode_t wanted);

/* Can the caller give a file of its own the rule's group, as far as can be told without one? */
bool permissions_can_give_group(const struct policy_rule *rule);

/* Does `mode` grant group or others something, or a set-id bit, that `limit` does not? */
static inline bool permissions_exceed(mode_t mode, mode_t limit)
{
    return (mode & ~limit & 07077) != 0;
}

/*
 * The permission bits that a file of this group may have: bits for the group are meant for the
 * rule's group.
 */
mode_t permissions_granted(const struct policy_rule *rule, gid_t group);

/* Does an access control list stand beside the mode of the file behind fd?  1, 0 or -errno. */
int permissions_has_acl(int fd);

/*
 * Cuts the file behind fd, any kind of descriptor, down to what the rule grants (401).  What is no
 * regular file is left alone.
 * Returns 0, or -EPERM where that can't be done, or was not done though the call succeeded.
 */
int permissions_tighten(const struct policy_rule *rule, int fd);

/* What a file's mode and access control list were before permissions_tighten() cut them. */
struct permissions_saved {
    mode_t mode;
    void *acl; /* or NULL */
    size_t acl_size;
};

/* Of the file behind fd, any kind of descriptor.  0 or -errno: stat(2), getxattr(2), mmap(2). */
int permissions_save(int fd, struct permissions_saved *saved);

/* Gives the file behind fd its mode and list back.  0 or -errno: chmod(2), setxattr(2). */
int permissions_restore(int fd, const struct permissions_saved *saved);

/* Ends what permissions_save() began. */
void permissions_forget(struct permissions_saved *saved);

#endif
