/*
 * Guests of pending files: what they say while they live, and what is learnt when one died.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/pending/guests.h"
#include "shim/base/guard.h"
#include "shim/base/proc.h"
#include "shim/base/sys_process.h"
#include "shim/pending/entry.h"
#include "shim/pending/statements.h"
#include "shim/writer/marks.h"

_Atomic bool guests_is_guest;

static bool is_pending_here(struct pending_table *table, const struct writer_id *id)
{
    for (int fd = table_next(table, 0); fd >= 0; fd = table_next(table, fd + 1)) {
        const struct pending_entry *entry = table_find(table, fd);
        if (entry && writer_same_id(&entry->file.id, id))
            return true;
    }
    return false;
}

void guests_restate(struct pending_table *table, const struct pending_entry *entry)
{
    if (entry->role != PENDING_GUEST)
        return;
    bool counts = entry->wrote || table_find(table, 1) == entry || table_find(table, 2) == entry;
    statements_set(sys_getpid(), &entry->file.id, counts ? STATEMENT_COUNTS : STATEMENT_NONE);
}

static void restate_fd(struct pending_table *table, int fd)
{
    const struct pending_entry *entry = table_find(table, fd);
    if (entry)
        guests_restate(table, entry);
}

void guests_forked(void)
{
    atomic_store(&guests_is_guest, true);
    if (!pending_tracks(1) && !pending_tracks(2))
        return;
    guard_enter();
    struct pending_table *table = table_own();
    if (table) {
        table_lock(table);
        restate_fd(table, 1);
        restate_fd(table, 2);
        table_unlock(table);
    }
    guard_leave();
}

bool guests_is_unnoticed(void)
{
    struct pending_table *table = atomic_load(&pending_table);
    return table && atomic_load(&atomic_load(&table->canary)->owner) == 0;
}

void guests_wrote(int fd)
{
    struct pending_table *table = atomic_load(&pending_table);
    struct pending_entry *entry = table_find(table, fd);
    if (!entry || entry->wrote)
        return;
    guard_enter();
    table = table_own();
    if (table) {
        table_lock(table);
        entry = table_find(table, fd);
        if (entry) {
            entry->wrote = true;
            guests_restate(table, entry);
        }
        table_unlock(table);
    }
    guard_leave();
}

/* What process pid, whose descriptors are looked at by path or number, has as fd. */
static void state_of(struct pending_table *table, pid_t pid, const struct statx *status, bool loads)
{
    struct writer_id id = writer_id_of(status);
    if (is_pending_here(table, &id))
        statements_set(pid, &id, loads ? STATEMENT_COUNTS : STATEMENT_WITHOUT);
}

/*
 * In a vfork(2) child the table is the parent's, and says nothing of the child's descriptors: these
 * are looked at.  The opener's own exec is none of a guest.
 */
void guests_before_exec(bool loads)
{
    guard_enter();
    struct pending_table *own = table_own();
    struct pending_table *table = own ? own : atomic_load(&pending_table);
    for (int fd = 1; table && fd <= 2; fd++) {
        const struct pending_entry *entry = own ? table_find(own, fd) : NULL;
        struct statx status;
        if ((!own || (entry && entry->role == PENDING_GUEST)) && sys_fstat(fd, &status) == 0)
            state_of(table, sys_getpid(), &status, loads);
    }
    struct writer_id id;
    for (int cursor = 0; !loads && statements_next(sys_getpid(), &cursor, &id);)
        statements_set(sys_getpid(), &id, STATEMENT_WITHOUT);
    guard_leave();
}

/* What process pid has as fd: false if that can't be seen any more. */
static bool see(pid_t pid, int fd, struct statx *status)
{
    char path[48];
    struct text text = text_begin(path, sizeof path);
    text_put(&text, "/proc/");
    text_put_number(&text, (uint64_t)pid);
    text_put(&text, "/fd/");
    text_put_number(&text, (uint64_t)fd);
    return sys_statx(AT_FDCWD, path, 0, status) == 0;
}

/* Does the parent have the file as one of the numbers that this process has it as? */
static bool parent_holds(struct pending_table *table, const struct writer_id *id)
{
    pid_t parent = sys_getppid();
    for (int fd = table_next(table, 0); fd >= 0; fd = table_next(table, fd + 1)) {
        struct statx status;
        if (sys_fstat(fd, &status) == 0 && writer_id_matches(id, &status) &&
            see(parent, fd, &status) && writer_id_matches(id, &status))
            return true;
    }
    return false;
}

static bool was_left(struct pending_table *table, int fd, struct writer_id *id)
{
    table_lock(table);
    const struct pending_entry *entry = table_find(table, fd);
    bool is_guest = entry && entry->role == PENDING_GUEST;
    *id = is_guest ? entry->file.id : (struct writer_id){0};
    table_unlock(table);
    struct statx status;
    return is_guest && sys_fstat(fd, &status) == 0 && writer_id_matches(id, &status) &&
           marks_left(status.stx_mode);
}

bool guests_was_left(struct pending_table *table, int fd)
{
    struct writer_id id;
    return was_left(table, fd, &id);
}

/* A shell that runs a command without the library is there when that has ended, and looks then. */
bool guests_leave_to_next(struct pending_table *table, int fd)
{
    struct writer_id id;
    return was_left(table, fd, &id) && !parent_holds(table, &id);
}

/*
 * Its descriptors are made inside libc; what they are now is to be seen.  If it is dead already,
 * they were what the file actions said, or this process's own.
 */
void guests_spawned(pid_t pid, const int assumed[2], bool loads)
{
    guard_enter();
    struct pending_table *table = table_own();
    for (int fd = 1; table && fd <= 2; fd++) {
        struct statx status;
        if (see(pid, fd, &status) || sys_fstat(assumed[fd - 1], &status) == 0)
            state_of(table, pid, &status, loads);
    }
    guard_leave();
}

/* Said at once: when the file is discarded, nobody may be left to say why. */
void guests_condemn(struct pending_entry *entry, int error, const char *reason)
{
    if (entry->error != 0)
        return;
    entry->error = error;
    entry->file.reason = reason;
    int result =
        entry->role == PENDING_GUEST ? marks_condemn(&entry->file, entry->first_fd, error) : 0;
    entry_report(&entry->file, "condemn", result < 0 ? result : -error);
}

static void condemn_id(struct pending_table *table, const struct writer_id *id)
{
    for (int fd = table_next(table, 0); fd >= 0; fd = table_next(table, fd + 1)) {
        struct pending_entry *entry = table_find(table, fd);
        if (writer_same_id(&entry->file.id, id)) {
            guests_condemn(entry, MARKS_KILLED, MARKS_KILLED_REASON);
            return;
        }
    }
}

void guests_child_ended(pid_t pid, bool killed)
{
    struct writer_id id;
    int cursor = 0;
    while (killed && statements_next(pid, &cursor, &id)) {
        guard_enter();
        struct pending_table *table = table_own();
        if (table) {
            table_lock(table);
            condemn_id(table, &id);
            table_unlock(table);
        }
        guard_leave();
    }
    statements_forget(pid);
}

/* Its standard output and error were this process's. */
void guests_shell_killed(void)
{
    guard_enter();
    struct pending_table *table = table_own();
    if (table) {
        table_lock(table);
        for (int fd = 1; fd <= 2; fd++)
            if (table_find(table, fd))
                guests_condemn(table_find(table, fd), MARKS_KILLED, MARKS_KILLED_REASON);
        table_unlock(table);
    }
    guard_leave();
}
