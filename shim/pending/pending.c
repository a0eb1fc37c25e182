/*
 * The life of a pending file: opened, duplicated, condemned, let go.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/pending/pending.h"
#include "shim/base/guard.h"
#include "shim/log/log.h"
#include "shim/pending/entry.h"
#include "shim/pending/errors.h"
#include "shim/pending/guests.h"
#include "shim/pending/join.h"
#include "shim/pending/statements.h"

#include <string.h>

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
    int result = writer_publish(file, fd, WRITER_STAYS_OPEN);
    if (result == 0 && reason) {
        file->left_to = WRITER_LEFT_TO_CHILD;
        file->reason = reason;
    }
    entry_report(file, result == 0 ? "publish" : "discard", result);
    if (result == 0)
        return fd;
    sys_close(fd);
    return result;
}

/* Whether a program may be executed is the rule's affair: no open asks for that. */
#define CREATION_BITS 0666

/* joins: whether the name may be pending already, behind a link that is followed (209). */
static int begin_file(struct writer_file *file, int directory, const char *name, int flags,
                      mode_t mode, const struct policy_rule *rule, bool joins)
{
    file->joins = joins;
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

/* A link that was followed led to a name that is pending already: that one is joined, after all. */
static int join_followed(struct pending_table *table, struct pending_entry *entry, const char *name,
                         int flags, int fd)
{
    if ((flags & O_TRUNC) || strcmp(name, entry->file.name) == 0)
        return JOIN_NOTHING;
    int joined =
        join_open(table, &entry->file.directory_id, entry->file.name, flags, entry->file.rule, fd);
    if (joined != JOIN_NOTHING)
        writer_discard(&entry->file);
    if (joined != JOIN_NOTHING && joined != fd)
        sys_close(fd);
    return joined;
}

static int begin(struct pending_table *table, struct pending_entry *entry, int directory,
                 const char *name, int flags, mode_t mode, const struct policy_rule *rule)
{
    struct writer_file *file = &entry->file;
    int fd = begin_file(file, directory, name, flags, mode, rule, atomic_load(&table->open) > 0);
    if (fd >= 0 && file->outcome == WRITER_PENDING) {
        if (rule->publish == POLICY_PUBLISH_OPEN) {
            fd = publish_at_open(file, fd, NULL);
        } else {
            int joined = join_followed(table, entry, name, flags, fd);
            if (joined != JOIN_NOTHING) {
                entry_end(table, entry);
                return joined;
            }
            fd = start_tracking(table, entry, fd);
            if (fd >= 0)
                return fd;
        }
    }
    entry_end(table, entry);
    return fd;
}

/*
 * A vfork(2) child would have to keep what is pending in its parent's memory, so nothing is: its
 * file is published at once, and promise 3 is given up for it, as before an exec (304).
 */
static int open_in_vfork_child(int directory, const char *name, int flags, mode_t mode,
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
static int join(struct pending_table *table, int directory, const char *name, int flags,
                const struct policy_rule *rule)
{
    struct statx status;
    if ((flags & O_TRUNC) || atomic_load(&table->open) == 0)
        return JOIN_NOTHING;
    int result = sys_fstat(directory, &status);
    if (result < 0)
        return refuse(directory, name, rule, result, "the directory cannot be examined");
    struct writer_id id = writer_id_of(&status);
    int fd = join_open(table, &id, name, flags, rule, directory);
    if (fd == -ENOENT)
        return refuse(directory, name, rule, -EACCES,
                      "what is pending cannot be joined without /proc");
    if (fd != directory && fd != JOIN_NOTHING)
        sys_close(directory);
    return fd;
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

int pending_shown_flags(int fd, int shown)
{
    if (!pending_tracks(fd))
        return shown;
    int added = 0;
    guard_enter();
    struct pending_table *table = table_own();
    if (table) {
        table_lock(table);
        const struct pending_entry *entry = table_find(table, fd);
        added = entry ? entry->file.access_added : 0;
        table_unlock(table);
    }
    guard_leave();
    shown &= ~O_TMPFILE;
    return (shown & O_ACCMODE) == O_RDWR ? shown ^ added : shown;
}

int pending_release(int fd)
{
    if (!pending_tracks(fd))
        return 0;
    guard_enter();
    struct pending_table *table = table_own();
    struct pending_entry *last = table ? entry_release(table, fd) : NULL;
    int result = last ? entry_finish(table, last, fd) : 0;
    guard_leave();
    return result;
}

int pending_next(int from)
{
    struct pending_table *table = atomic_load(&pending_table);
    return table ? table_next(table, from) : -1;
}

int pending_release_range(unsigned first, unsigned last)
{
    if (!pending_ever() || first >= PENDING_FD_MAX)
        return 0;
    int result = 0;
    guard_enter();
    for (int fd = pending_next((int)first); fd >= 0 && (unsigned)fd <= last;
         fd = pending_next(fd + 1)) {
        int released = pending_release(fd);
        if (result == 0)
            result = released;
    }
    guard_leave();
    return result;
}

/* Whoever looks whether another process still writes the file would meet this one's duplicates. */
void pending_release_at_end(void)
{
    guard_enter();
    struct pending_table *table = table_own();
    for (int fd = table ? table_next(table, 0) : -1; fd >= 0; fd = table_next(table, fd + 1)) {
        struct pending_entry *last = entry_release(table, fd);
        if (last)
            (void)entry_finish(table, last, fd);
        else
            sys_close(fd);
    }
    guard_leave();
}

void pending_wait_for_endings(void)
{
    guard_enter();
    struct pending_table *table = table_own();
    guard_leave();
    if (table)
        entry_wait_for_endings(table);
}

void pending_alias(int fd, int copy)
{
    guard_enter();
    struct pending_table *table = table_own();
    if (table)
        entry_alias(table, fd, copy);
    guard_leave();
}

/* What is done to the entry behind a descriptor, under the lock. */
typedef void entry_change(struct pending_entry *entry, void *argument);

/* False if fd stands for nothing. */
static bool with_entry(int fd, entry_change *change, void *argument)
{
    if (!pending_tracks(fd))
        return false;
    guard_enter();
    struct pending_table *table = table_own();
    struct pending_entry *entry = NULL;
    if (table) {
        table_lock(table);
        entry = table_find(table, fd);
        if (entry)
            change(entry, argument);
        table_unlock(table);
    }
    guard_leave();
    return entry != NULL;
}

/* The first failure stays. */
static void mark_failed(struct pending_entry *entry, void *error)
{
    if (entry->role == PENDING_GUEST)
        guests_condemn(entry, *(const int *)error, "writing it failed");
    else if (entry->error == 0)
        entry->error = *(const int *)error;
}

void pending_mark_failed(int fd, int error)
{
    (void)with_entry(fd, mark_failed, &error);
}

void pending_note_write_error(int fd, int error)
{
    if (error_spoils_write(error))
        pending_mark_failed(fd, error);
}

void pending_note_copy_error(int fd, int error)
{
    if (error_spoils_copy(error))
        pending_mark_failed(fd, error);
}

static void add_stream(struct pending_entry *entry, void *stream)
{
    for (int i = 0; i < PENDING_STREAMS_MAX; i++) {
        if (!entry->streams[i]) {
            entry->streams[i] = stream;
            return;
        }
    }
    mark_failed(entry, &(int){EMFILE});
}

void pending_add_stream(int fd, FILE *stream)
{
    (void)with_entry(fd, add_stream, stream);
}

static void take_stream(struct pending_entry *entry, void *stream)
{
    for (int i = PENDING_STREAMS_MAX - 1; i >= 0 && !*(FILE **)stream; i--) {
        *(FILE **)stream = entry->streams[i];
        entry->streams[i] = NULL;
    }
}

FILE *pending_take_stream(int fd)
{
    FILE *stream = NULL;
    (void)with_entry(fd, take_stream, &stream);
    return stream;
}

static void mark_held_back(struct pending_entry *entry, void *unused)
{
    (void)unused;
    if (entry->error == 0)
        entry->file.reason = "a stream held something of it back when the process ended";
    mark_failed(entry, &(int){ECANCELED});
}

void pending_mark_held_back(int fd)
{
    (void)with_entry(fd, mark_held_back, NULL);
}

bool pending_has_table(void)
{
    if (!pending_ever())
        return false;
    guard_enter();
    bool own = table_own() != NULL;
    guard_leave();
    return own;
}

static void get_role(struct pending_entry *entry, void *role)
{
    *(enum pending_role *)role = entry->role;
}

bool pending_is_own(int fd)
{
    enum pending_role role;
    return with_entry(fd, get_role, &role) && role == PENDING_OPENER;
}

static void get_mode(struct pending_entry *entry, void *mode)
{
    *(mode_t *)mode = entry->file.rule->mode;
}

bool pending_mode_limit(int fd, mode_t *limit)
{
    return with_entry(fd, get_mode, limit);
}
