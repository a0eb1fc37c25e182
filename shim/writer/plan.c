/*
 * Making the plan for an open: what stands under the name, and what that means.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/writer/plan.h"
#include "shim/base/high_fd.h"

#include <string.h>
#include <sys/stat.h>

/* Has the program what a link leads to pending?  That is looked up when the name is known. */
static bool leads_to_pending(const struct writer_file *file)
{
    return file->followed && file->joins && file->joins(file);
}

/* What is joined instead must not have been touched. */
static bool goes_to_itself(const struct writer_file *file, int flags)
{
    return append_is_in_place(file->rule, flags) && !leads_to_pending(file);
}

static int plan_replacement(struct writer_file *file, const struct statx *directory,
                            const struct statx *existing, enum plan plan)
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
    enum plan plan = appends ? PLAN_TIGHTEN : flags & O_TRUNC ? PLAN_REPLACE : PLAN_UPDATE;
    result = plan_replacement(file, directory, existing, plan);
    return in_place_is_for(file, result) ? PLAN_IN_PLACE : result;
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
    /* What is pending is there, for its opener (208): to be emptied without O_CREAT, too. */
    if (!(flags & O_CREAT) && !((flags & O_TRUNC) && leads_to_pending(file)))
        return -ENOENT;
    if (file->rule->in_place == POLICY_IN_PLACE_ALWAYS || goes_to_itself(file, flags))
        return PLAN_CREATE_IN_PLACE;
    int result = directory_can_be_synced(file);
    return result < 0 ? result : PLAN_CREATE;
}

/*
 * On a device, and by a file system that knows a file's attributes: not by FUSE, which remembers,
 * and may be on a device as well (fuseblk).
 */
static bool is_read_by_the_kernel(const struct statx *directory)
{
    return directory->stx_dev_major != 0 &&
           (directory->stx_attributes_mask & STATX_ATTR_IMMUTABLE) != 0;
}

int plan_look(struct writer_file *file, int flags)
{
    struct statx directory, existing;
    file->reason = NULL;
    file->replaces = false;
    int result = sys_statx_timeless(file->directory, "", AT_EMPTY_PATH, &directory);
    if (result < 0)
        return writer_refuse(file, result, "the directory cannot be examined");
    file->directory_id = writer_id_of(&directory);
    file->directory_append_only = directory.stx_attributes & STATX_ATTR_APPEND;

    result = (is_read_by_the_kernel(&directory) ? sys_statx_timeless : sys_statx)(
        file->directory, file->name, AT_SYMLINK_NOFOLLOW, &existing);
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

int plan_prepare(struct writer_file *file, int directory, const char *name, int flags,
                 const struct policy_rule *rule)
{
    /* All of it: entries are used again, and none may carry what the one before was. */
    bool (*joins)(const struct writer_file *) = file->joins;
    mode_t left_out = file->left_out;
    *file = (struct writer_file){
        .rule = rule,
        .access_added = writer_access(rule, flags) ^ (flags & O_ACCMODE),
        .exclusive = (flags & O_CREAT) && (flags & O_EXCL),
        .updates = !(flags & O_TRUNC),
        .joins = joins,
        .left_out = left_out,
        .asked_mode = WRITER_NO_MODE,
        .outcome = WRITER_PENDING,
        .left_to = WRITER_LEFT_TO_NOBODY,
    };
    strcpy(file->name, name);
    file->directory = high_fd_move(directory);
    if (file->directory < 0)
        return writer_refuse(file, file->directory, "no descriptor is free for the directory");
    return 0;
}

enum writer_outcome plan_outcome(const struct writer_file *file, enum plan plan, int flags)
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

int plan_give_up(struct writer_file *file, int result)
{
    return result != WRITER_RETRY
               ? result
               : writer_refuse(file, -ELOOP, "too many links, or what stands there keeps changing");
}

int plan_make(struct writer_file *file, int directory, const char *name, int flags,
              const struct policy_rule *rule)
{
    int plan = plan_prepare(file, directory, name, flags, rule);
    if (plan < 0)
        return plan;
    plan = WRITER_RETRY;
    for (int round = 0; plan == WRITER_RETRY && round < PLAN_ROUNDS_MAX; round++)
        plan = plan_look(file, flags);
    if (plan >= 0)
        file->outcome = plan_outcome(file, (enum plan)plan, flags);
    return plan_give_up(file, plan);
}
