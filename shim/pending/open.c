/*
 * A redirected open: joined to what is pending already, or begun, and tracked.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/base/compiler.h"
#include "shim/base/guard.h"
#include "shim/log/log.h"
#include "shim/pending/entry.h"
#include "shim/pending/join.h"
#include "shim/pending/pending.h"
#include "shim/pending/statements.h"

_Atomic bool pending_follows;

/* On failure nothing is left of fd. */
static int start_tracking(struct pending_table *table, struct pending_entry *entry, int fd)
{
    int result = entry_register(table, entry);
    if (result == 0) {
        entry_report_beginning(&entry->file);
        result = entry_track(table, entry, fd);
    }
    if (result < 0) {
        writer_discard(&entry->file);
        sys_close(fd);
        return result;
    }
    return fd;
}

/*
 * For programs that keep the file open, or pass it by path to a child (311), and for those that can
 * keep nothing pending (306).  reason: said in the log if it is published before it is whole.
 */
static int publish_at_open(struct writer_file *file, int fd, const char *reason)
{
    entry_report_beginning(file);
    int result = writer_publish(file, fd, WRITER_UNFINISHED);
    if (result == 0 && reason) {
        file->left_to = WRITER_LEFT_TO_CHILD;
        file->reason = reason;
    }
    entry_report(file, file->published ? "publish" : "discard", result);
    if (result == 0)
        return fd;
    sys_close(fd);
    return result;
}

/* Whether a program may be executed is the rule's affair: no open asks for that. */
#define CREATION_BITS 0666

static bool is_pending(const struct writer_file *file)
{
    struct pending_table *table = table_own();
    return table && join_finds(table, &file->directory_id, file->name);
}

/* joins: whether anything is pending already, which a link that is followed may lead to (209). */
static int begin_file(struct writer_file *file, int directory, const char *name, int flags,
                      mode_t mode, const struct policy_rule *rule, bool joins)
{
    file->joins = joins ? is_pending : NULL;
    file->left_out = flags & O_CREAT ? CREATION_BITS & ~mode : 0;
    int fd = writer_begin(file, directory, name, flags, rule);
    if (fd >= 0 && (flags & O_CREAT) && !file->replaces)
        file->asked_mode = WRITER_NO_MODE & (mode | ~(mode_t)CREATION_BITS);
    if (fd < 0 && file->reason)
        entry_report(file, "refuse", fd);
    if (fd >= 0 && file->outcome == WRITER_IN_PLACE)
        entry_report(file, "in-place", 0);
    if (fd >= 0 && file->outcome == WRITER_APPENDS)
        entry_report(file, "append", 0);
    return fd;
}

static const char without_proc[] = "what is pending cannot be joined without /proc";

/*
 * A link that was followed led to a name that is pending already: that one is joined, after all.
 * fd: of the file that was begun instead, or -ENOENT, where nothing stands there yet.
 */
static int join_followed(struct pending_table *table, struct pending_entry *entry, int flags,
                         int fd)
{
    struct writer_file *file = &entry->file;
    if ((flags & O_TRUNC) || !file->followed || (fd < 0 && fd != -ENOENT))
        return JOIN_NOTHING;
    int joined = join_open(table, &file->directory_id, file->name, flags, file->rule, fd);
    if (joined != JOIN_NOTHING)
        writer_discard(file);
    if (joined != JOIN_NOTHING && joined != fd && fd >= 0)
        sys_close(fd);
    if (joined == -ENOENT) {
        joined = -EACCES;
        file->reason = without_proc;
        entry_report(file, "refuse", joined);
    }
    return joined;
}

static int begin(struct pending_table *table, struct pending_entry *entry, int directory,
                 const char *name, int flags, mode_t mode, const struct policy_rule *rule)
{
    struct writer_file *file = &entry->file;
    int fd = begin_file(file, directory, name, flags, mode, rule, !table_is_empty(table));
    bool pends = file->outcome == WRITER_PENDING;
    if (file->followed)
        atomic_store(&pending_follows, true);
    if (pends && fd >= 0 && rule->publish == POLICY_PUBLISH_OPEN) {
        fd = publish_at_open(file, fd, NULL);
    } else if (pends) {
        int joined = join_followed(table, entry, flags, fd);
        if (joined != JOIN_NOTHING) {
            entry_end(table, entry);
            return joined;
        }
        if (fd >= 0)
            fd = start_tracking(table, entry, fd);
        if (fd >= 0)
            return fd;
    }
    entry_end(table, entry);
    return fd;
}

/*
 * A vfork(2) child would have to keep what is pending in its parent's memory, so nothing is: its
 * file is published at once, and promise 3 is given up for it, as before an exec (304).  Apart,
 * because the stack is small.
 */
NOINLINE static int open_in_vfork_child(int directory, const char *name, int flags, mode_t mode,
                                        const struct policy_rule *rule)
{
    struct writer_file file = {0};
    int fd = begin_file(&file, directory, name, flags, mode, rule, false);
    if (fd >= 0 && file.outcome == WRITER_PENDING)
        fd = publish_at_open(&file, fd, "not whole: a vfork(2) child writes on");
    writer_close(&file);
    return fd;
}

static int refuse(int directory, const char *name, const struct policy_rule *rule, int error,
                  const char *reason)
{
    log_decision(&(struct log_decision){.action = "refuse",
                                        .rule = rule,
                                        .directory = directory,
                                        .name = name,
                                        .result = error,
                                        .reason = reason});
    sys_close(directory);
    return error;
}

/* Contract 209; JOIN_NOTHING: the file is to be begun. */
NOINLINE static int join(struct pending_table *table, int directory, const char *name, int flags,
                         const struct policy_rule *rule)
{
    struct statx status;
    if ((flags & O_TRUNC) || table_is_empty(table))
        return JOIN_NOTHING;
    int result = sys_fstat(directory, &status);
    if (result < 0)
        return refuse(directory, name, rule, result, "the directory cannot be examined");
    struct writer_id id = writer_id_of(&status);
    int fd = join_open(table, &id, name, flags, rule, directory);
    if (fd == -ENOENT)
        return refuse(directory, name, rule, -EACCES, without_proc);
    if (fd != directory && fd != JOIN_NOTHING)
        sys_close(directory);
    return fd;
}

/* Is there a pending file of that name, and for which mode was it asked? */
NOINLINE static bool pending_asks_for(struct pending_table *table, int directory, const char *name,
                                      mode_t *mode)
{
    struct statx status;
    if (table_is_empty(table) || sys_fstat(directory, &status) < 0)
        return false;
    struct writer_id id = writer_id_of(&status);
    table_lock(table);
    const struct pending_entry *entry = entry_find_open(table, &id, name);
    if (entry)
        *mode = entry->file.asked_mode;
    table_unlock(table);
    return entry != NULL;
}

static int open_guarded(int directory, const char *name, int flags, mode_t mode,
                        const struct policy_rule *rule)
{
    struct pending_table *table;
    int result = table_obtain(&table);
    if (result == -EBUSY)
        return open_in_vfork_child(directory, name, flags, mode, rule);
    int joined = result == 0 ? join(table, directory, name, flags, rule) : JOIN_NOTHING;
    if (joined != JOIN_NOTHING)
        return joined;
    /* What is pending is there, for its opener (208), also for one that creates nothing. */
    if (result == 0 && (flags & O_TRUNC) && !(flags & O_CREAT) &&
        pending_asks_for(table, directory, name, &mode))
        flags = (flags | O_CREAT) & ~O_EXCL;
    struct pending_entry *entry = result == 0 ? entry_claim(table) : NULL;
    statements_begin();
    if (!entry)
        return refuse(directory, name, rule, -ENOMEM, "no memory for another pending file");
    return begin(table, entry, directory, name, flags, mode, rule);
}

int pending_open(int directory, const char *name, int flags, mode_t mode,
                 const struct policy_rule *rule)
{
    guard_enter();
    int result = open_guarded(directory, name, flags, mode, rule);
    guard_leave();
    return result;
}
