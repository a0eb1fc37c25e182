/*
 * What is pending is published because its name is about to move, or to be linked: contract 208.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/base/compiler.h"
#include "shim/base/guard.h"
#include "shim/base/high_fd.h"
#include "shim/pending/entry.h"
#include "shim/pending/names.h"
#include "shim/pending/pending.h"
#include "shim/writer/marks.h"

/* 0, or what its last close would fail with by now (309, 310). */
static int check_copy(struct writer_file *file, int fd)
{
    struct statx status;
    int error = sys_fstat(fd, &status) == 0 ? marks_error(status.stx_mode) : 0;
    if (error)
        return -error;
    return file->rule->content == POLICY_CONTENT_JSON ? writer_check(file, fd) : 0;
}

/* By a copy and a duplicate: another thread may end the entry meanwhile.  Apart: it is large. */
NOINLINE static int check(struct pending_table *table, int fd)
{
    struct writer_file file;
    table_lock(table);
    const struct pending_entry *entry = table_find(table, fd);
    bool matters = entry && !entry->withdrawn;
    int result = matters ? -entry->error : 0;
    int copy = matters && result == 0 ? high_fd_duplicate(fd) : -1;
    if (matters)
        file = entry->file;
    table_unlock(table);
    if (copy >= 0) {
        result = check_copy(&file, copy);
        sys_close(copy);
    }
    if (result < 0) {
        if (!file.reason)
            file.reason = "writing it had failed";
        entry_report(&file, "refuse", result);
    }
    return result;
}

/* What is refused stays pending: the program may complete it (310), and its close says so too. */
static int publish(struct pending_table *table, int fd)
{
    pending_flush_free(fd);
    int result = check(table, fd);
    return result < 0 ? result
                      : entry_publish_while_open(
                            table, fd, WRITER_COMPLETE, WRITER_LEFT_TO_PROGRAM,
                            "not known to be whole: it got another name while it was open");
}

/* A descriptor of what is to be published, if that is this process's to do; or -1. */
static int own_fd(const struct pending_entry *entry)
{
    return entry && entry->state == PENDING_OPEN && entry->role == PENDING_OPENER ? entry->first_fd
                                                                                  : -1;
}

int pending_publish_named(const struct writer_id *directory, const char *name)
{
    int result = 0;
    guard_enter();
    struct pending_table *table = table_own();
    if (table) {
        table_lock(table);
        int fd = own_fd(entry_find_open(table, directory, name));
        table_unlock(table);
        result = fd >= 0 ? publish(table, fd) : 0;
    }
    guard_leave();
    return result;
}

int pending_publish_fd(int fd)
{
    int result = 0;
    guard_enter();
    struct pending_table *table = pending_tracks(fd) ? table_own() : NULL;
    if (table) {
        table_lock(table);
        int own = own_fd(table_find(table, fd));
        table_unlock(table);
        result = own >= 0 ? publish(table, own) : 0;
    }
    guard_leave();
    return result;
}

int pending_publish_viewed(const struct pending_view *view)
{
    int result = 0;
    guard_enter();
    struct pending_table *table = table_own();
    if (table) {
        table_lock(table);
        const struct pending_entry *entry = pool_at(&table->entries, view->number);
        int fd = writer_same_id(&entry->file.id, &view->id) ? own_fd(entry) : -1;
        table_unlock(table);
        result = fd >= 0 ? publish(table, fd) : 0;
    }
    guard_leave();
    return result;
}
