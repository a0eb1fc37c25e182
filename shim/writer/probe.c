/*
 * What a write would meet, without one: the plan of begin.c, and what carrying it out would say.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/writer/internal.h"

#include <unistd.h>

/* What begin_new() would say, and the permissions of writer_publish(). */
static int probe_new(struct writer_file *file)
{
    int fd = sys_openat(file->directory, ".", O_RDWR | O_TMPFILE | O_CLOEXEC, WRITER_PRIVATE_MODE);
    if (unnamed_is_unknown(fd)) {
        file->lacks_unnamed = true;
        if (!permissions_can_give_group(file->rule))
            return writer_refuse(file, -EPERM, "the rule's group cannot be given");
        return sys_faccess_effective(file->directory, ".", W_OK | X_OK);
    }
    if (fd < 0)
        return fd;
    int result = begin_settle(file, fd);
    struct statx status;
    if (result == 0)
        result = sys_fstat(fd, &status);
    if (result == 0)
        result = permissions_apply(file->rule, fd, &status, file->rule->mode);
    sys_close(fd);
    if (result < 0 && !file->reason)
        file->reason = "the new file cannot be given the rule's mode and group";
    return result;
}

static int probe_replacement(struct writer_file *file, enum begin_plan plan, int flags)
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
    if (begin_may_go_in_place(file, result))
        return in_place_probe(file, flags);
    if (result < 0 && !file->reason)
        file->reason = "no new file can be made in the directory";
    return result;
}

static int probe_device(struct writer_file *file, int flags)
{
    int access = flags & O_ACCMODE;
    int wanted = access == O_WRONLY ? W_OK : access == O_RDWR ? R_OK | W_OK : R_OK;
    return sys_faccess_effective(file->directory, file->name, wanted);
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
    file->joins = false;
    int plan = begin_plan(file, directory, name, flags, rule);
    switch (plan) {
    case PLAN_CREATE:
        return probe_new(file);
    case PLAN_CREATE_IN_PLACE:
        return permissions_can_give_group(rule)
                   ? sys_faccess_effective(file->directory, ".", W_OK | X_OK)
                   : writer_refuse(file, -EPERM, "the rule's group cannot be given");
    case PLAN_REPLACE:
    case PLAN_UPDATE:
    case PLAN_TIGHTEN:
        return probe_replacement(file, (enum begin_plan)plan, flags);
    case PLAN_IN_PLACE:
        return in_place_probe(file, flags);
    case PLAN_DEVICE:
        return probe_device(file, flags);
    case PLAN_APPEND:
        return probe_append(file, flags);
    default:
        return plan;
    }
}
