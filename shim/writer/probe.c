/*
 * What a write would meet, without one: the plan, and what carrying it out would say.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/writer/plan.h"

#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/*
 * What begin_new() would say, and the permissions of writer_publish().  An unnamed file leaves no
 * trace; without O_TMPFILE, only a file that has a hidden name for a moment shows what the file
 * system makes of a mode.
 */
static int probe_new(struct writer_file *file)
{
    struct statx status;
    int fd = begin_new(file, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return fd;
    file->lacks_unnamed = file->temporary[0] != '\0';
    int result = sys_fstat(fd, &status);
    if (result == 0)
        result = permissions_apply(file->rule, fd, &status, file->rule->mode);
    writer_discard(file);
    sys_close(fd);
    if (result < 0 && !file->reason)
        file->reason = "the new file cannot be given the rule's mode and group";
    return result;
}

/*
 * in_place_probe(), and whether the file system would keep the mode that the file is to get: one
 * without O_TMPFILE might not, and a new file shows it, where one can be made.
 */
static int probe_in_place(struct writer_file *file, int flags)
{
    struct statx status;
    int result = in_place_probe(file, flags);
    if (result < 0 || sys_statx(file->directory, file->name, AT_SYMLINK_NOFOLLOW, &status) < 0 ||
        !permissions_exceed(status.stx_mode & 07777, file->rule->mode))
        return result;
    int fd = begin_new(file, O_RDWR | O_CLOEXEC);
    /* With a reason: a file was made, and looked at. */
    if (fd == -EPERM && file->reason)
        return writer_refuse(file, -EPERM, "the file itself cannot be made owner-only");
    file->reason = NULL;
    if (fd < 0)
        return writer_refuse(file, 0, "if its file system keeps modes, which could not be tried");
    writer_discard(file);
    sys_close(fd);
    return 0;
}

static int probe_replacement(struct writer_file *file, enum plan plan, int flags)
{
    int result = 0;
    if (plan != PLAN_REPLACE) {
        result = existing_open(file, flags);
        if (result >= 0) {
            sys_close(result);
            result = 0;
        }
    }
    if (result == 0)
        result = probe_new(file);
    if (in_place_is_for(file, result))
        return probe_in_place(file, flags);
    if (result < 0 && !file->reason)
        file->reason = "no new file can be made in the directory";
    return result;
}

/* Devices answer to the mount that they are found on, also behind a link. */
static bool is_on_nodev(const struct writer_file *file)
{
    struct statx status = {0};
    struct statvfs system;
    int fd = sys_openat(file->directory, file->name, O_PATH | O_CLOEXEC, 0);
    if (fd < 0)
        return false;
    bool nodev = sys_fstat(fd, &status) == 0 &&
                 (S_ISCHR(status.stx_mode) || S_ISBLK(status.stx_mode)) &&
                 fstatvfs(fd, &system) == 0 && (system.f_flag & ST_NODEV);
    sys_close(fd);
    return nodev;
}

static int probe_device(struct writer_file *file, int flags)
{
    int access = flags & O_ACCMODE;
    int wanted = access == O_WRONLY ? W_OK : access == O_RDWR ? R_OK | W_OK : R_OK;
    if (is_on_nodev(file))
        return -EACCES;
    return sys_faccessat2(file->directory, file->name, wanted, AT_EACCESS);
}

static int probe_append(struct writer_file *file, int flags)
{
    struct statx status;
    int result = sys_statx(file->directory, file->name, AT_SYMLINK_NOFOLLOW, &status);
    return result < 0 ? result : existing_access(file, &status, flags);
}

int writer_probe(struct writer_file *file, int directory, const char *name, int flags,
                 const struct policy_rule *rule)
{
    file->joins = NULL;
    file->left_out = 0;
    int plan = plan_make(file, directory, name, flags, rule);
    switch (plan) {
    case PLAN_CREATE:
    case PLAN_CREATE_IN_PLACE:
        return probe_new(file);
    case PLAN_REPLACE:
    case PLAN_UPDATE:
    case PLAN_TIGHTEN:
        return probe_replacement(file, (enum plan)plan, flags);
    case PLAN_IN_PLACE:
        return probe_in_place(file, flags);
    case PLAN_DEVICE:
        return probe_device(file, flags);
    case PLAN_APPEND:
        return probe_append(file, flags);
    default:
        return plan;
    }
}
