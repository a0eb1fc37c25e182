/*
 * How an entry ends: its file is published or discarded, and the log says so.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/base/compiler.h"
#include "shim/pending/entry.h"
#include "shim/pending/statements.h"
#include "shim/writer/marks.h"

/*
 * rmdir(2) of a directory without names: a plain close(2) would not fail for that (208).  Apart,
 * because the stack is small.
 */
NOINLINE static bool directory_is_removed(const struct writer_file *file)
{
    struct statx status;
    return file->directory >= 0 && sys_fstat(file->directory, &status) == 0 &&
           writer_id_matches(&file->directory_id, &status) && status.stx_nlink == 0;
}

/* What was put in place is not taken back, whatever failed afterwards. */
static const char *what_came_of(const struct writer_file *file)
{
    return file->published ? "publish" : "discard";
}

int entry_finish(struct pending_table *table, struct pending_entry *entry, int fd)
{
    /* A guest has nothing to end, unless the opener left it to him (307). */
    if (entry->role == PENDING_GUEST && !marks_take(&entry->file, fd)) {
        entry_end(table, entry);
        return 0;
    }
    int result = entry->withdrawn ? 0 : -entry->error;
    if (entry->withdrawn) {
        writer_discard(&entry->file);
        entry->file.reason = "its name was removed while it was open";
    } else if (result == 0) {
        entry->file.guest_writes = statements_of_others(&entry->file.id) == STATEMENT_COUNTS;
        result = writer_publish(&entry->file, fd, WRITER_COMPLETE);
        if (result < 0 && directory_is_removed(&entry->file)) {
            result = 0;
            entry->file.reason = "its directory was removed while it was open";
        }
    } else {
        writer_discard(&entry->file);
        if (!entry->file.reason)
            entry->file.reason = "writing it had failed";
    }
    const char *action = entry->file.deferred ? "leave" : what_came_of(&entry->file);
    entry_report(&entry->file, action, result);
    /* The descriptor is another file's by now, and closing that is no failure. */
    bool fd_lost = entry->file.fd_lost;
    entry_end(table, entry);
    return fd_lost ? 0 : result;
}

static void drop_kept(int *kept)
{
    if (*kept >= 0)
        sys_close(*kept);
    *kept = -1;
}

/*
 * fd is the program's, and stands for nothing any more: another thread may close it meanwhile, and
 * open another file by its number, even one of the same inode number.  The duplicate can't be
 * closed, but would be met by whoever looks if a guest still writes (307): then it is done without.
 */
static int finish_by(struct pending_table *table, struct pending_entry *entry, int fd, int kept)
{
    if (entry->role == PENDING_GUEST || statements_of_others(&entry->file.id) == STATEMENT_COUNTS)
        drop_kept(&kept);
    int result = entry_finish(table, entry, kept >= 0 ? kept : fd);
    drop_kept(&kept);
    return result;
}

int entry_finish_all(struct pending_table *table, int fd)
{
    int kept;
    struct pending_entry *entry = entry_release_all(table, fd, &kept);
    if (!entry)
        return 0;
    entry->file.stays_open = true;
    return finish_by(table, entry, fd, kept);
}

void entry_finish_at_end(struct pending_table *table, int fd)
{
    int kept;
    struct pending_entry *last = entry_release_keeping(table, fd, &kept);
    if (last)
        (void)finish_by(table, last, fd, kept);
    else
        sys_close(fd);
}

static int publish_while_open(struct pending_table *table, struct pending_entry *entry, int fd,
                              enum writer_completeness completeness, enum writer_left_to left_to,
                              const char *reason)
{
    if (entry->withdrawn)
        return entry_finish(table, entry, fd);
    /* Another guest has just taken it. */
    if (entry->role == PENDING_GUEST && !marks_take_held(&entry->file, fd)) {
        entry_end(table, entry);
        return 0;
    }
    int result = -entry->error;
    if (result == 0)
        result = writer_publish(&entry->file, fd, completeness);
    else
        writer_discard(&entry->file);
    if (result == 0) {
        entry->file.left_to = left_to;
        entry->file.reason = reason;
    }
    entry_report(&entry->file, what_came_of(&entry->file), result);
    entry_end(table, entry);
    return result;
}

/* By the duplicate, as above. */
int entry_publish_while_open(struct pending_table *table, int fd,
                             enum writer_completeness completeness, enum writer_left_to left_to,
                             const char *reason)
{
    int kept;
    struct pending_entry *entry = entry_release_all(table, fd, &kept);
    if (!entry)
        return 0;
    int result =
        publish_while_open(table, entry, kept >= 0 ? kept : fd, completeness, left_to, reason);
    drop_kept(&kept);
    return result;
}
