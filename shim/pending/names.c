/*
 * Pending files as their names and descriptors show them: contract 208.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/pending/names.h"
#include "shim/base/compiler.h"
#include "shim/base/guard.h"
#include "shim/base/high_fd.h"
#include "shim/pending/directories.h"
#include "shim/pending/entry.h"
#include "shim/pending/pending.h"
#include "shim/writer/marks.h"

#include <string.h>
#include <sys/stat.h>

bool pending_may_be_named(const char *name)
{
    struct pending_table *table = atomic_load_explicit(&pending_table, memory_order_acquire);
    return table && table_may_have_name(table, name);
}

static int duplicate(int fd)
{
    return fd < 0 ? -1 : high_fd_duplicate(fd);
}

/* Under the lock. */
static bool view(const struct pending_entry *entry, struct pending_view *view)
{
    if (!entry || entry->state != PENDING_OPEN)
        return false;
    view->fd = duplicate(entry->first_fd);
    if (view->fd < 0)
        return false;
    view->directory = duplicate(entry->file.directory);
    view->rule = entry->file.rule;
    view->id = entry->file.id;
    view->directory_id = entry->file.directory_id;
    view->number = entry->number;
    view->asked_mode = entry->file.asked_mode;
    view->copied = entry->file.copied;
    view->stands_copied = false;
    strcpy(view->name, entry->file.name);
    return true;
}

/* The program may have closed the kept descriptor, and have its number for something else. */
static void check_directory(struct pending_view *view)
{
    struct statx status;
    if (view->directory < 0 || (sys_fstat(view->directory, &status) == 0 &&
                                writer_id_matches(&view->directory_id, &status)))
        return;
    sys_close(view->directory);
    view->directory = -1;
}

/* What finds an entry, under the lock. */
typedef struct pending_entry *entry_finder(struct pending_table *table, const void *key,
                                           const char *name);

static bool find_view(entry_finder *find, const void *key, const char *name,
                      struct pending_view *found)
{
    guard_enter();
    struct pending_table *table = table_own();
    bool viewed = false;
    if (table) {
        table_lock(table);
        struct pending_entry *entry = find(table, key, name);
        if (entry)
            directories_update(table, entry);
        viewed = view(entry, found);
        table_unlock(table);
    }
    /* The guard is the view's from now on: nobody may jump away from its descriptors. */
    if (viewed)
        check_directory(found);
    else
        guard_leave();
    return viewed;
}

static struct pending_entry *find_open(struct pending_table *table, const void *directory,
                                       const char *name)
{
    return entry_find_open(table, directory, name);
}

static struct pending_entry *find_fd(struct pending_table *table, const void *fd, const char *name)
{
    (void)name;
    return table_find(table, *(const int *)fd);
}

static struct pending_entry *find_id(struct pending_table *table, const void *id, const char *name)
{
    (void)name;
    for (uint32_t number = 1; number <= table->entries.count; number++) {
        struct pending_entry *entry = pool_at(&table->entries, number);
        if (entry->state == PENDING_OPEN && writer_same_id(&entry->file.id, id))
            return entry;
    }
    return NULL;
}

bool pending_view_named(const struct writer_id *directory, const char *name,
                        struct pending_view *view)
{
    return find_view(find_open, directory, name, view);
}

bool pending_view_fd(int fd, struct pending_view *view)
{
    return pending_tracks(fd) && find_view(find_fd, &fd, NULL, view);
}

bool pending_view_id(const struct writer_id *id, struct pending_view *view)
{
    return pending_ever() && find_view(find_id, id, NULL, view);
}

void pending_view_close(struct pending_view *view)
{
    sys_close(view->fd);
    if (view->directory >= 0)
        sys_close(view->directory);
    guard_leave();
}

/* Under the lock: the view's number may be another file's by now. */
static bool is_entry_of(const struct pending_view *view, const struct pending_entry *entry)
{
    return entry->state == PENDING_OPEN && writer_same_id(&entry->file.id, &view->id);
}

mode_t pending_ask_mode(const struct pending_view *view, mode_t mode)
{
    struct statx status = {0};
    guard_enter();
    struct pending_table *table = table_own();
    /* What another holder said by it is kept (309), by whoever the new mode is asked for. */
    int marked = sys_fstat(view->fd, &status) == 0 ? marks_error(status.stx_mode) : 0;
    if (table) {
        table_lock(table);
        struct pending_entry *entry = pool_at(&table->entries, view->number);
        if (is_entry_of(view, entry)) {
            entry->file.asked_mode = mode;
            if (entry->error == 0)
                entry->error = marked;
        }
        table_unlock(table);
    }
    guard_leave();
    /* The group that the rule means comes with publishing, so its bits come then. */
    return marks_kept(status.stx_mode, mode & view->rule->mode & S_IRWXU);
}

void pending_touched(const struct pending_view *view)
{
    struct statx named;
    if (!view->stands_copied ||
        sys_statx(view->directory, view->name, AT_SYMLINK_NOFOLLOW, &named) < 0)
        return;
    struct writer_version touched = writer_version_of(&named);
    if (!writer_same_id(&touched.id, &view->copied.id) || touched.size != view->copied.size)
        return;
    guard_enter();
    struct pending_table *table = table_own();
    if (table) {
        table_lock(table);
        struct pending_entry *entry = pool_at(&table->entries, view->number);
        if (is_entry_of(view, entry))
            entry->file.copied = touched;
        table_unlock(table);
    }
    guard_leave();
}

uint32_t pending_ended(void)
{
    struct pending_table *table = atomic_load_explicit(&pending_table, memory_order_acquire);
    return table ? atomic_load(&table->ended) : 0;
}

void pending_await(const struct writer_id *directory, const char *name)
{
    guard_enter();
    struct pending_table *table = table_own();
    if (table) {
        table_lock(table);
        (void)entry_find_open(table, directory, name);
        table_unlock(table);
    }
    guard_leave();
}

uint32_t pending_namings(void)
{
    struct pending_table *table = atomic_load_explicit(&pending_table, memory_order_acquire);
    return table ? atomic_load(&table->namings) : 0;
}

static struct pending_entry *find_named_by(struct pending_table *table,
                                           const struct writer_id *directory, const char *name,
                                           uint32_t last)
{
    struct pending_entry *entry = table_find_name(table, directory, name, NULL);
    while (entry && !(entry->state == PENDING_OPEN && table_is_by(entry->named, last)))
        entry = table_find_name(table, directory, name, entry);
    return entry;
}

bool pending_withdraw(const struct writer_id *directory, const char *name, uint32_t last)
{
    bool found = false;
    guard_enter();
    struct pending_table *table = table_own();
    if (table) {
        table_lock(table);
        struct pending_entry *entry;
        while ((entry = find_named_by(table, directory, name, last))) {
            table_remove_name(table, entry);
            entry->withdrawn = true;
            found = true;
        }
        table_unlock(table);
    }
    guard_leave();
    return found;
}
