/*
 * Beginning a file: a plan is made (plan.h), and carried out here.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/writer/plan.h"
#include "shim/writer/temporary.h"

#include <sys/stat.h>

/* Flags that fcntl(2) can set later; copying needs them unset (FICLONE, sendfile(2)). */
#define LATE_FLAGS (O_APPEND | O_DIRECT)

/* The content check reads through the program's own descriptor: there may be no /proc (205). */
int writer_access(const struct policy_rule *rule, int flags)
{
    int access = flags & O_ACCMODE;
    return rule->content != POLICY_CONTENT_ANY || access == O_RDONLY ? O_RDWR : access;
}

/* Some file systems say EPERM of a directory that was removed, where a plain open is ENOENT. */
static int errno_of_directory(const struct writer_file *file, int error)
{
    struct statx status;
    if (error == -EPERM && sys_statx_timeless(file->directory, "", AT_EMPTY_PATH, &status) == 0 &&
        status.stx_nlink == 0)
        return -ENOENT;
    return error;
}

static int open_new(struct writer_file *file, int flags)
{
    int kept = flags & ~(O_ACCMODE | O_CREAT | O_EXCL | O_TRUNC | O_NOFOLLOW | LATE_FLAGS);
    kept |= writer_access(file->rule, flags);
    int fd = sys_openat(file->directory, ".", kept | O_TMPFILE, WRITER_PRIVATE_MODE);
    if (unnamed_is_unknown(fd))
        fd = temporary_create(file, kept);
    return errno_of_directory(file, fd);
}

static int set_private_mode(struct writer_file *file, int fd, struct statx *status)
{
    int changed = sys_fchmod(fd, WRITER_PRIVATE_MODE);
    int result = sys_fstat(fd, status);
    if (result < 0)
        return result;
    mode_t mode = status->stx_mode & 07777;
    if (permissions_exceed(mode, WRITER_PRIVATE_MODE))
        return writer_refuse(file, changed < 0 ? changed : -EPERM,
                             "the file system does not keep modes: a new file is not owner-only");
    if ((mode & WRITER_PRIVATE_MODE) != WRITER_PRIVATE_MODE)
        return writer_refuse(file, changed < 0 ? changed : -EPERM,
                             "the new file's mode cannot be set");
    return 0;
}

/* At open, so that a group that the caller may not give is told there (110). */
static int set_group(struct writer_file *file, int fd, struct statx *status)
{
    int result = sys_fchgrp(fd, file->rule->group);
    if (result == 0)
        result = sys_fstat(fd, status);
    if (result == 0 && status->stx_gid != file->rule->group)
        result = -EPERM;
    return result < 0 ? writer_refuse(file, result, "the rule's group cannot be given") : 0;
}

/*
 * umask and a default ACL can only have taken bits away; the writer's own later steps need them.
 * What the mode is said to be afterwards is what counts: some file systems keep none.
 */
static int settle(struct writer_file *file, int fd)
{
    struct statx status;
    int result = writer_look(file, fd, &status);
    if (result < 0)
        return writer_refuse(file, result, "the new file cannot be examined");
    file->id = writer_id_of(&status);
    /* Inherited from the directory on xfs: link(2) refuses such a file. */
    if (status.stx_attributes & STATX_ATTR_APPEND)
        return writer_refuse(file, -EPERM, "a new file is append-only in this directory");
    if ((status.stx_mode & 07777) != WRITER_PRIVATE_MODE)
        result = set_private_mode(file, fd, &status);
    if (result == 0 && file->rule->group != POLICY_NO_GROUP && status.stx_gid != file->rule->group)
        result = set_group(file, fd, &status);
    file->created_mode = status.stx_mode & 07777;
    return result;
}

int begin_new(struct writer_file *file, int flags)
{
    int fd = open_new(file, flags);
    if (fd < 0)
        return fd;
    int result = settle(file, fd);
    if (result == 0)
        return fd;
    if (file->temporary[0])
        sys_unlinkat(file->directory, file->temporary);
    file->temporary[0] = '\0';
    sys_close(fd);
    return result;
}

/* source: a descriptor of the content to start from, or -1. */
static int create(struct writer_file *file, int flags, int source)
{
    int fd = begin_new(file, flags);
    if (fd < 0)
        return fd;
    int result = source >= 0 ? copy_content(&file->copied, source, fd) : 0;
    if (result == 0 && (flags & LATE_FLAGS))
        result = sys_fcntl(fd, F_SETFL, flags & WRITER_SETTABLE_FLAGS);
    if (result == 0)
        return fd;
    temporary_remove(file);
    sys_close(fd);
    return result;
}

static int update(struct writer_file *file, int flags)
{
    int source = existing_open(file, flags);
    if (source < 0)
        return source;
    int fd = create(file, flags, source);
    sys_close(source);
    return fd;
}

/* fd: of a new file that will replace what stands there, or why there is none. */
static int or_in_place(struct writer_file *file, int flags, int fd)
{
    if (fd >= 0 || fd == WRITER_RETRY)
        return fd;
    if (in_place_is_for(file, fd))
        return in_place_open(file, flags);
    if (!file->reason)
        file->reason = "no new file can be made in the directory";
    return fd;
}

static int open_device(struct writer_file *file, int flags)
{
    int fd =
        sys_openat(file->directory, file->name, (flags & ~(O_CREAT | O_TRUNC)) | O_NOFOLLOW, 0);
    if (fd == -ENOENT)
        return WRITER_RETRY;
    if (fd == -ELOOP)
        return symlink_open_special(file, flags);
    if (fd < 0)
        return fd;
    struct statx status;
    int result = sys_fstat(fd, &status);
    if (result == 0 && !S_ISCHR(status.stx_mode) && !S_ISBLK(status.stx_mode))
        result = WRITER_RETRY;
    if (result < 0) {
        sys_close(fd);
        return result;
    }
    return fd;
}

static int carry_out(struct writer_file *file, enum plan plan, int flags)
{
    switch (plan) {
    case PLAN_CREATE:
        return create(file, flags, -1);
    case PLAN_CREATE_IN_PLACE:
        return in_place_create(file, flags);
    case PLAN_REPLACE:
        return or_in_place(file, flags, create(file, flags, -1));
    case PLAN_UPDATE:
        return or_in_place(file, flags, update(file, flags));
    case PLAN_TIGHTEN:
        return or_in_place(file, flags, append_tighten(file, flags));
    case PLAN_IN_PLACE:
        return in_place_open(file, flags);
    case PLAN_APPEND:
        return append_open(file, flags);
    case PLAN_DEVICE:
        break;
    }
    return open_device(file, flags);
}

int writer_begin(struct writer_file *file, int directory, const char *name, int flags,
                 const struct policy_rule *rule)
{
    int fd = plan_prepare(file, directory, name, flags, rule);
    if (fd < 0)
        return fd;
    fd = WRITER_RETRY;
    for (int round = 0; fd == WRITER_RETRY && round < PLAN_ROUNDS_MAX; round++) {
        int plan = plan_look(file, flags);
        fd = plan;
        if (plan >= 0) {
            file->outcome = plan_outcome(file, (enum plan)plan, flags);
            fd = carry_out(file, (enum plan)plan, flags);
        }
    }
    return plan_give_up(file, fd);
}
