/*
 * One entry of the table.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/pending/entry.h"
#include "shim/base/compiler.h"
#include "shim/base/guard.h"
#include "shim/base/high_fd.h"
#include "shim/base/sys_process.h"
#include "shim/log/log.h"
#include "shim/pending/directories.h"
#include "shim/pending/guests.h"
#include "shim/pending/statements.h"

#include <string.h>

struct pending_entry *entry_claim(struct pending_table *table)
{
    table_lock(table);
    uint32_t number = pool_take(&table->entries);
    struct pending_entry *entry = number ? pool_at(&table->entries, number) : NULL;
    if (entry) {
        entry->number = number;
        entry->state = PENDING_BEGINNING;
        entry->role = PENDING_OPENER;
        entry->has_name = false;
        entry->directory = 0;
        entry->descriptors = 0;
        entry->first_fd = -1;
        entry->wrote = false;
        entry->error = 0;
        memset(entry->streams, 0, sizeof entry->streams);
        entry->copied = 0;
        entry->withdrawn = false;
    }
    table_unlock(table);
    return entry;
}

/* A guest's files are not this process's. */
static bool has_twin(struct pending_table *table, const struct writer_file *file)
{
    return table_find_name(table, &file->directory_id, file->name, NULL) != NULL;
}

int entry_register(struct pending_table *table, struct pending_entry *entry)
{
    table_lock(table);
    int result = entry->file.exclusive && has_twin(table, &entry->file) ? -EEXIST : 0;
    if (result == 0)
        table_add_name(table, entry);
    table_unlock(table);
    if (result == 0 && entry->file.directory >= 0)
        directories_join(table, entry);
    return result;
}

void entry_forget(struct pending_table *table, int fd)
{
    struct pending_entry *lost = pending_tracks(fd) ? entry_release(table, fd) : NULL;
    if (lost && lost->role == PENDING_OPENER) {
        writer_discard(&lost->file);
        lost->file.reason = "its descriptor was closed behind the library's back";
        entry_report(&lost->file, "discard", -EBADF);
    }
    if (lost)
        entry_end(table, lost);
}

int entry_track(struct pending_table *table, struct pending_entry *entry, int fd)
{
    if (fd >= PENDING_FD_MAX)
        return -EMFILE;
    entry_forget(table, fd);
    table_lock(table);
    table_track(table, fd, entry);
    table_unlock(table);
    return 0;
}

void entry_alias(struct pending_table *table, int fd, int copy)
{
    if (copy >= PENDING_FD_MAX || copy == fd)
        return;
    entry_forget(table, copy);
    table_lock(table);
    struct pending_entry *entry = table_find(table, fd);
    if (entry) {
        table_track(table, copy, entry);
        guests_restate(table, entry);
    }
    table_unlock(table);
}

/* What a stream of fd holds back will never reach this file any more. */
static void drop_streams(struct pending_entry *entry, int fd)
{
    for (int i = 0; i < PENDING_STREAMS_MAX; i++)
        if (entry->streams[i] && fileno_unlocked(entry->streams[i]) == fd)
            entry->streams[i] = NULL;
}

struct pending_entry *entry_release_keeping(struct pending_table *table, int fd, int *kept)
{
    table_lock(table);
    struct pending_entry *entry = table_find(table, fd);
    if (kept)
        *kept = entry && entry->descriptors == 1 ? high_fd_duplicate(fd) : -1;
    if (entry)
        drop_streams(entry, fd);
    struct pending_entry *last = table_untrack(table, fd);
    if (last)
        directories_update(table, last);
    if (entry)
        guests_restate(table, entry);
    table_unlock(table);
    return last;
}

struct pending_entry *entry_release(struct pending_table *table, int fd)
{
    return entry_release_keeping(table, fd, NULL);
}

struct pending_entry *entry_release_all(struct pending_table *table, int fd, int *kept)
{
    table_lock(table);
    struct pending_entry *entry = table_find(table, fd);
    *kept = entry ? high_fd_duplicate(fd) : -1;
    if (entry) {
        table_untrack_all(table, entry);
        directories_update(table, entry);
    }
    table_unlock(table);
    return entry;
}

void entry_end(struct pending_table *table, struct pending_entry *entry)
{
    if (entry->role == PENDING_GUEST)
        statements_set(sys_getpid(), &entry->file.id, STATEMENT_NONE);
    table_lock(table);
    table_remove_name(table, entry);
    atomic_fetch_add(&table->ended, 1);
    directories_leave(table, entry);
    table_unlock(table);
    /* The last one of its directory, or one that never shared it. */
    if (entry->file.directory >= 0)
        writer_close(&entry->file);
    table_lock(table);
    bool was_ending = entry->state == PENDING_ENDING;
    entry->state = PENDING_FREE;
    pool_give(&table->entries, entry->number);
    table_unlock(table);
    if (was_ending && (atomic_fetch_sub(&table->ending, 1) & PENDING_AWAITED))
        sys_wake(&table->ending, INT_MAX);
}

/* From now on who ends an entry wakes those who wait while the word is what this returns. */
static uint32_t await_ending(struct pending_table *table)
{
    return atomic_fetch_or(&table->ending, PENDING_AWAITED) | PENDING_AWAITED;
}

/* A thread that is ending something waits for nobody: so a handler of SIGSYS in it (guard.c) does
 * not wait for itself. */
static bool is_ended_elsewhere(const struct pending_entry *entry)
{
    return entry->state == PENDING_ENDING && entry->ender != guard_thread();
}

/* Does another thread still end one whose end had begun by then? */
static bool is_ending(struct pending_table *table, uint32_t last)
{
    bool ends = false;
    guard_enter();
    table_lock(table);
    for (uint32_t number = 1; !ends && number <= table->entries.count; number++) {
        const struct pending_entry *entry = pool_at(&table->entries, number);
        ends = is_ended_elsewhere(entry) && table_is_by(entry->begun_end, last);
    }
    table_unlock(table);
    guard_leave();
    return ends;
}

/* Not for those that begin meanwhile: there may be no end to them. */
void entry_wait_for_endings(struct pending_table *table)
{
    if ((atomic_load(&table->ending) & ~PENDING_AWAITED) == 0)
        return;
    uint32_t last = atomic_load(&table->begun_ends);
    for (;;) {
        uint32_t ending = await_ending(table);
        if (!is_ending(table, last))
            return;
        sys_wait_while(&table->ending, ending);
    }
}

struct pending_entry *entry_find_open(struct pending_table *table,
                                      const struct writer_id *directory, const char *name)
{
    for (;;) {
        bool ends = false;
        struct pending_entry *entry = table_find_name(table, directory, name, NULL);
        for (; entry && entry->state != PENDING_OPEN;
             entry = table_find_name(table, directory, name, entry))
            ends = ends || is_ended_elsewhere(entry);
        if (entry || !ends)
            return entry;
        uint32_t ending = await_ending(table);
        table_unlock(table);
        sys_wait_while(&table->ending, ending);
        table_lock(table);
    }
}

void entry_report(const struct writer_file *file, const char *action, int result)
{
    static const char left_to[][8] = {
        [WRITER_LEFT_TO_PROGRAM] = "program", [WRITER_LEFT_TO_CHILD] = "child"};
    log_decision(&(struct log_decision){
        .action = action,
        .rule = file->rule,
        .directory = file->directory >= 0 ? file->directory : AT_FDCWD,
        .name = file->name,
        .result = result,
        .reason = file->reason,
        .published = file->published,
        .mode = file->mode,
        .size = file->size,
        .left_to = file->left_to == WRITER_LEFT_TO_NOBODY ? NULL : left_to[file->left_to],
    });
}

void entry_report_beginning(const struct writer_file *file)
{
    log_decision(&(struct log_decision){
        .action = "begin",
        .rule = file->rule,
        .directory = file->directory,
        .name = file->name,
        .is_beginning = true,
    });
}

bool entry_with(int fd, entry_change *change, void *argument)
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
