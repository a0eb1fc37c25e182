/*
 * Beginning a file: what stands under the name, what that means for this open, and the new file.
 *
 * First a plan is made, which leaves no trace; then it is carried out.  Everything is refused here
 * that could only fail later: a program that opened its file believes that it can write it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/writer/internal.h"

#include <string.h>
#include <sys/stat.h>

/* As many as the kernel follows (path_resolution(7)); races at the name count as well. */
#define ROUNDS_MAX 40

/* Flags that fcntl(2) can set later; copying needs them unset (FICLONE, sendfile(2)). */
#define LATE_FLAGS (O_APPEND | O_DIRECT)

/* The content check reads through the program's own descriptor: there may be no /proc (205). */
int writer_access(const struct policy_rule *rule, int flags)
{
    int access = flags & O_ACCMODE;
    return rule->content != POLICY_CONTENT_ANY || access == O_RDONLY ? O_RDWR : access;
}

static int open_new(struct writer_file *file, int flags)
{
    int kept = flags & ~(O_ACCMODE | O_CREAT | O_EXCL | O_TRUNC | O_NOFOLLOW | LATE_FLAGS);
    kept |= writer_access(file->rule, flags);
    int fd = sys_openat(file->directory, ".", kept | O_TMPFILE, WRITER_PRIVATE_MODE);
    if (unnamed_is_unknown(fd))
        fd = temporary_create(file, kept);
    return fd;
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
int begin_settle(struct writer_file *file, int fd)
{
    struct statx status;
    int result = sys_fstat(fd, &status);
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
    int result = begin_settle(file, fd);
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

bool begin_may_go_in_place(const struct writer_file *file, int error)
{
    struct statx status;
    bool refused = error == -EACCES || error == -EPERM || error == -EBUSY || error == -EROFS;
    return refused && file->rule->in_place == POLICY_IN_PLACE_ALLOW &&
           sys_statx(file->directory, file->name, AT_SYMLINK_NOFOLLOW, &status) == 0 &&
           S_ISREG(status.stx_mode);
}

/* fd: of a new file that will replace what stands there, or why there is none. */
static int or_in_place(struct writer_file *file, int flags, int fd)
{
    if (fd >= 0 || fd == WRITER_RETRY)
        return fd;
    if (begin_may_go_in_place(file, fd))
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

static int carry_out(struct writer_file *file, enum begin_plan plan, int flags)
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

/* What is joined instead must not have been touched: that is looked up when the name is known. */
static bool goes_to_itself(const struct writer_file *file, int flags)
{
    return append_is_in_place(file->rule, flags) && !(file->followed && file->joins);
}

static int plan_replacement(struct writer_file *file, const struct statx *directory,
                            const struct statx *existing, enum begin_plan plan)
{
    file->replaces = true;
    int result = existing_may_be_replaced(file, directory, existing);
    if (result == 0)
        result = directory_can_be_synced(file);
    return result < 0 ? result : (int)plan;
}

static int plan_regular(struct writer_file *file, const struct statx *directory,
                        const struct statx *existing, int flags)
{
    const struct policy_rule *rule = file->rule;
    if (rule->in_place == POLICY_IN_PLACE_ALWAYS)
        return PLAN_IN_PLACE;
    bool appends = goes_to_itself(file, flags);
    if (appends && append_is_tight(file, existing))
        return PLAN_APPEND;
    /* What is opened itself answers by itself. */
    int result = existing_access(file, existing, flags);
    if (result < 0)
        return result;
    enum begin_plan plan = appends ? PLAN_TIGHTEN : flags & O_TRUNC ? PLAN_REPLACE : PLAN_UPDATE;
    result = plan_replacement(file, directory, existing, plan);
    return begin_may_go_in_place(file, result) ? PLAN_IN_PLACE : result;
}

/* A FIFO or socket is planted like a link, so the rule's answer for links is meant for it as well.
 */
static int plan_pipe_or_socket(struct writer_file *file, const struct statx *directory,
                               const struct statx *existing, int flags)
{
    const struct policy_rule *rule = file->rule;
    if (rule->symlink == POLICY_SYMLINK_REFUSE || rule->in_place == POLICY_IN_PLACE_ALWAYS)
        return writer_refuse(file, -ENXIO, "not a regular file, and the rule refuses such");
    if (!(flags & O_TRUNC))
        return writer_refuse(file, -ENXIO, "only a regular file's content can be kept");
    return plan_replacement(file, directory, existing, PLAN_REPLACE);
}

static int plan_link(struct writer_file *file, const struct statx *directory,
                     const struct statx *existing, int flags)
{
    int result = symlink_meet(file, directory, existing, flags);
    return result != 0 ? result : plan_replacement(file, directory, existing, PLAN_REPLACE);
}

static int plan_absent(struct writer_file *file, int flags)
{
    if (!(flags & O_CREAT))
        return -ENOENT;
    if (file->rule->in_place == POLICY_IN_PLACE_ALWAYS || goes_to_itself(file, flags))
        return PLAN_CREATE_IN_PLACE;
    int result = directory_can_be_synced(file);
    return result < 0 ? result : PLAN_CREATE;
}

/* One look: a plan, -errno, or WRITER_RETRY. */
static int examine(struct writer_file *file, int flags)
{
    struct statx directory, existing;
    file->reason = NULL;
    file->replaces = false;
    int result = sys_fstat(file->directory, &directory);
    if (result < 0)
        return writer_refuse(file, result, "the directory cannot be examined");
    file->directory_id = writer_id_of(&directory);
    file->only_adds = directory.stx_attributes & STATX_ATTR_APPEND;

    result = sys_statx(file->directory, file->name, AT_SYMLINK_NOFOLLOW, &existing);
    if (result == -ENOENT)
        return plan_absent(file, flags);
    if (result < 0)
        return result;
    if ((flags & O_CREAT) && (flags & O_EXCL))
        return -EEXIST;
    if (S_ISDIR(existing.stx_mode))
        return -EISDIR;
    if (S_ISLNK(existing.stx_mode))
        return plan_link(file, &directory, &existing, flags);
    result = sticky_refuses(&directory, &existing, flags);
    if (result < 0)
        return result;
    if (S_ISREG(existing.stx_mode))
        return plan_regular(file, &directory, &existing, flags);
    if (S_ISCHR(existing.stx_mode) || S_ISBLK(existing.stx_mode))
        return PLAN_DEVICE;
    return plan_pipe_or_socket(file, &directory, &existing, flags);
}

static int prepare(struct writer_file *file, int directory, const char *name, int flags,
                   const struct policy_rule *rule)
{
    /* All of it: entries are used again, and none may carry what the one before was. */
    bool joins = file->joins;
    *file = (struct writer_file){
        .rule = rule,
        .access_added = writer_access(rule, flags) ^ (flags & O_ACCMODE),
        .exclusive = (flags & O_CREAT) && (flags & O_EXCL),
        .updates = !(flags & O_TRUNC),
        .joins = joins,
        .asked_mode = WRITER_NO_MODE,
        .outcome = WRITER_PENDING,
        .left_to = WRITER_LEFT_TO_NOBODY,
    };
    strcpy(file->name, name);
    file->directory = descriptor_move_high(directory);
    if (file->directory < 0)
        return writer_refuse(file, file->directory, "no descriptor is free for the directory");
    return 0;
}

static enum writer_outcome outcome_of(const struct writer_file *file, enum begin_plan plan,
                                      int flags)
{
    bool always = file->rule->in_place == POLICY_IN_PLACE_ALWAYS;
    switch (plan) {
    case PLAN_CREATE:
    case PLAN_REPLACE:
    case PLAN_UPDATE:
        return WRITER_PENDING;
    case PLAN_IN_PLACE:
        return WRITER_IN_PLACE;
    case PLAN_DEVICE:
        return WRITER_DEVICE;
    case PLAN_CREATE_IN_PLACE:
    case PLAN_TIGHTEN:
    case PLAN_APPEND:
        break;
    }
    return always || !append_is_in_place(file->rule, flags) ? WRITER_IN_PLACE : WRITER_APPENDS;
}

static int give_up(struct writer_file *file, int result)
{
    return result != WRITER_RETRY
               ? result
               : writer_refuse(file, -ELOOP, "too many links, or what stands there keeps changing");
}

int begin_plan(struct writer_file *file, int directory, const char *name, int flags,
               const struct policy_rule *rule)
{
    int plan = prepare(file, directory, name, flags, rule);
    if (plan < 0)
        return plan;
    plan = WRITER_RETRY;
    for (int round = 0; plan == WRITER_RETRY && round < ROUNDS_MAX; round++)
        plan = examine(file, flags);
    if (plan >= 0)
        file->outcome = outcome_of(file, (enum begin_plan)plan, flags);
    return give_up(file, plan);
}

int writer_begin(struct writer_file *file, int directory, const char *name, int flags,
                 const struct policy_rule *rule)
{
    int fd = prepare(file, directory, name, flags, rule);
    if (fd < 0)
        return fd;
    fd = WRITER_RETRY;
    for (int round = 0; fd == WRITER_RETRY && round < ROUNDS_MAX; round++) {
        int plan = examine(file, flags);
        fd = plan;
        if (plan >= 0) {
            file->outcome = outcome_of(file, (enum begin_plan)plan, flags);
            fd = carry_out(file, (enum begin_plan)plan, flags);
        }
    }
    return give_up(file, fd);
}
