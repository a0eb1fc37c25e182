/*
 * Writing into the file that stands there: for a rule that allows it where replacing is impossible,
 * and for one that always wants it, as databases and lock files do.
 *
 * Not atomic: readers can see a torn file, and a failed write destroys the old one.  What remains
 * of the promises is that nobody else can read what is written.
 *
 * No descriptor of the file is closed on the way, but where the open fails: that would drop the
 * record locks that the program holds on it (fcntl(2)).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/base/sys_process.h"
#include "shim/writer/internal.h"

#include <sys/stat.h>
#include <unistd.h>

bool in_place_is_for(const struct writer_file *file, int error)
{
    struct statx status;
    bool refused = error == -EACCES || error == -EPERM || error == -EBUSY || error == -EROFS;
    return refused && file->rule->in_place == POLICY_IN_PLACE_ALLOW &&
           sys_statx(file->directory, file->name, AT_SYMLINK_NOFOLLOW, &status) == 0 &&
           S_ISREG(status.stx_mode);
}

/* A file of another user, or one with a second name, stays in reach of whoever planted it. */
static bool is_own_and_single(const struct statx *status)
{
    return S_ISREG(status->stx_mode) && status->stx_nlink == 1 && status->stx_uid == sys_geteuid();
}

/* A narrower mode is somebody's wish where the file is always the same one. */
static mode_t wanted_mode(const struct policy_rule *rule, const struct statx *status)
{
    mode_t mode = status->stx_mode & 07777;
    return rule->in_place == POLICY_IN_PLACE_ALWAYS ? mode & rule->mode : rule->mode;
}

static int tighten(struct writer_file *file, int fd, struct statx *status, mode_t wanted)
{
    int result = permissions_apply(file->rule, fd, status, wanted);
    return result < 0 ? writer_refuse(file, result, "the file itself cannot be made owner-only")
                      : 0;
}

/* The same of a file that stood there: one that is refused is as it was. */
static int tighten_existing(struct writer_file *file, int fd, const struct statx *existing)
{
    struct permissions_saved saved;
    struct statx status = *existing;
    mode_t wanted = wanted_mode(file->rule, existing);
    bool has_group = file->rule->group == POLICY_NO_GROUP || existing->stx_gid == file->rule->group;
    if (has_group && (existing->stx_mode & 07777) == wanted)
        return tighten(file, fd, &status, wanted);
    int result = permissions_save(fd, &saved);
    if (result < 0)
        return writer_refuse(file, result, "the file's permissions cannot be examined");
    result = tighten(file, fd, &status, wanted);
    if (result < 0) {
        if (sys_fstat(fd, &status) == 0 && status.stx_gid != existing->stx_gid)
            (void)sys_fchgrp(fd, existing->stx_gid);
        if ((status.stx_mode & 07777) != saved.mode || saved.acl)
            (void)permissions_restore(fd, &saved);
    }
    permissions_forget(&saved);
    return result;
}

static int access_of(int flags)
{
    int access = flags & O_ACCMODE;
    return (flags & O_TRUNC) && access == O_RDONLY ? O_RDWR : access;
}

int in_place_open(struct writer_file *file, int flags)
{
    int fd = existing_open_itself(file, access_of(flags), flags);
    if (fd < 0)
        return fd;
    struct statx status;
    int result = sys_fstat(fd, &status);
    if (result == 0 && !is_own_and_single(&status))
        result =
            writer_refuse(file, -EPERM, "in-place needs a regular file of one's own with one link");
    if (result == 0)
        result = tighten_existing(file, fd, &status);
    /* Last: an open that fails must not have emptied the file. */
    if (result == 0 && (flags & O_TRUNC))
        result = sys_ftruncate(fd, 0);
    if (result < 0) {
        if (!file->reason)
            file->reason = "the file itself cannot be examined or emptied";
        sys_close(fd);
        return result;
    }
    file->reason = NULL;
    file->outcome = WRITER_IN_PLACE;
    return fd;
}

static void take_back(struct writer_file *file)
{
    struct statx named;
    if (sys_statx(file->directory, file->name, AT_SYMLINK_NOFOLLOW, &named) == 0 &&
        writer_id_matches(&file->id, &named))
        sys_unlinkat(file->directory, file->name);
}

/* The mode is private from the start: umask and a default ACL can only take bits away from it. */
int in_place_create(struct writer_file *file, int flags)
{
    int kept = (flags & ~(O_ACCMODE | O_TRUNC)) | access_of(flags);
    int fd = sys_openat(file->directory, file->name, kept | O_CREAT | O_EXCL | O_NOFOLLOW,
                        WRITER_PRIVATE_MODE);
    if (fd == -EEXIST)
        return WRITER_RETRY;
    if (fd < 0)
        return fd;
    struct statx status;
    int result = sys_fstat(fd, &status);
    if (result == 0) {
        file->id = writer_id_of(&status);
        result = tighten(file, fd, &status, file->rule->mode & ~file->left_out);
    } else {
        writer_refuse(file, result, "the new file cannot be examined");
    }
    if (result == 0)
        result = directory_sync(file, fd);
    if (result < 0) {
        take_back(file);
        sys_close(fd);
        return result;
    }
    file->own = file->id;
    return fd;
}

int in_place_probe(struct writer_file *file, int flags)
{
    struct statx status;
    int result = sys_statx(file->directory, file->name, AT_SYMLINK_NOFOLLOW, &status);
    if (result == 0)
        result = existing_access(file, &status, flags);
    if (result < 0)
        return result;
    /* Its mode and ACL can't be changed, either. */
    if (status.stx_attributes & STATX_ATTR_APPEND)
        return writer_refuse(file, -EPERM, "the file is append-only");
    if (!is_own_and_single(&status))
        return writer_refuse(file, -EPERM,
                             "in-place needs a regular file of one's own with one link");
    if (status.stx_gid != file->rule->group && !permissions_can_give_group(file->rule))
        return writer_refuse(file, -EPERM, "the file itself cannot be made owner-only");
    file->reason = NULL;
    file->replaces = true;
    file->outcome = WRITER_IN_PLACE;
    return 0;
}
