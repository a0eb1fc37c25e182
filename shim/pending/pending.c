/*
 * The life of a pending file: opened, duplicated, condemned, let go.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/pending/pending.h"
#include "shim/log/log.h"
#include "shim/pending/entry.h"
#include "shim/pending/errors.h"

/* On failure nothing is left of fd. */
static int start_tracking(struct pending_table *table, struct pending_entry *entry, int fd)
{
    entry_start(entry);
    int result = entry->file.exclusive && entry_has_twin(table, entry) ? -EEXIST : 0;
    if (result == 0)
        result = table_track(table, fd, entry);
    if (result < 0) {
        writer_discard(&entry->file);
        sys_close(fd);
        return result;
    }
    return fd;
}

/* Contract 311: for programs that keep the file open, or pass it by path to a child. */
static int publish_at_open(struct pending_entry *entry, int fd)
{
    entry_report_beginning(entry);
    int result = writer_publish(&entry->file, fd, WRITER_STAYS_OPEN);
    entry_report(entry, result == 0 ? "publish" : "discard", result);
    if (result == 0)
        return fd;
    sys_close(fd);
    return result;
}

static int begin(struct pending_table *table, struct pending_entry *entry, int directory,
                 const char *name, int flags, const struct policy_rule *rule)
{
    int fd = writer_begin(&entry->file, directory, name, flags, rule);
    if (fd < 0 && entry->file.reason)
        entry_report(entry, "refuse", fd);
    if (fd >= 0 && entry->file.outcome == WRITER_IN_PLACE)
        entry_report(entry, "in-place", 0);
    if (fd >= 0 && entry->file.outcome == WRITER_PENDING) {
        if (rule->publish == POLICY_PUBLISH_OPEN) {
            fd = publish_at_open(entry, fd);
        } else {
            fd = start_tracking(table, entry, fd);
            if (fd >= 0) {
                entry_report_beginning(entry);
                return fd;
            }
        }
    }
    entry_end(entry);
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

int pending_open(int directory, const char *name, int flags, const struct policy_rule *rule)
{
    struct pending_table *table;
    int result = table_obtain(&table);
    if (result == -EBUSY)
        return refuse(directory, name, rule, result, "a vfork(2) child shares its parent's table");
    if (result < 0)
        return refuse(directory, name, rule, result, "no memory for the table of pending files");
    struct pending_entry *entry = table_claim(table);
    if (!entry)
        return refuse(directory, name, rule, -EMFILE, "too many pending files in one process");
    return begin(table, entry, directory, name, flags, rule);
}

/* The last descriptor goes: contract 3xx. */
static int finish(struct pending_entry *entry, int fd)
{
    int result = -atomic_load(&entry->error);
    if (result == 0) {
        result = writer_publish(&entry->file, fd, WRITER_LAST);
    } else {
        writer_discard(&entry->file);
        entry->file.reason = "writing it had failed";
    }
    entry_report(entry, result == 0 ? "publish" : "discard", result);
    entry_end(entry);
    /* The descriptor is another file's by now, and closing that is no failure. */
    return result == -EBADF ? 0 : result;
}

int pending_release(int fd)
{
    struct pending_table *table = table_own();
    struct pending_entry *entry = table ? table_untrack(table, fd) : NULL;
    return entry && table_unreference(entry) ? finish(entry, fd) : 0;
}

int pending_release_range(unsigned first, unsigned last)
{
    struct pending_table *table = pending_ever() && first < PENDING_FD_MAX ? table_own() : NULL;
    int result = 0;
    for (int fd = table ? table_next(table, (int)first) : -1; fd >= 0 && (unsigned)fd <= last;
         fd = table_next(table, fd + 1)) {
        int released = pending_release(fd);
        if (result == 0)
            result = released;
    }
    return result;
}

void pending_alias(int fd, int copy)
{
    struct pending_table *table = table_own();
    struct pending_entry *entry = table ? table_find(table, fd) : NULL;
    if (!entry || !table_reference(entry))
        return;
    if (table_track(table, copy, entry) < 0 && table_unreference(entry))
        (void)finish(entry, copy);
}

static struct pending_entry *find(int fd)
{
    struct pending_table *table = table_own();
    return table ? table_find(table, fd) : NULL;
}

void pending_mark_failed(int fd, int error)
{
    struct pending_entry *entry = find(fd);
    if (entry)
        entry_mark_failed(entry, error);
}

void pending_note_write_error(int fd, int error)
{
    if (pending_tracks(fd) && error_spoils_write(error))
        pending_mark_failed(fd, error);
}

void pending_note_copy_error(int fd, int error)
{
    if (pending_tracks(fd) && error_spoils_copy(error))
        pending_mark_failed(fd, error);
}

void pending_set_stream(int fd, FILE *stream)
{
    struct pending_entry *entry = find(fd);
    if (entry)
        atomic_store(&entry->stream, stream);
}

bool pending_mode_limit(int fd, mode_t *limit)
{
    struct pending_entry *entry = find(fd);
    if (entry)
        *limit = entry->file.rule->mode;
    return entry != NULL;
}
