/*
 * Guests of pending files.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/pending/guests.h"
#include "shim/base/guard.h"
#include "shim/base/proc.h"
#include "shim/pending/entry.h"
#include "shim/pending/handover.h"
#include "shim/pending/statements.h"
#include "shim/writer/marks.h"

#include <string.h>

_Atomic bool guests_am_one;

/* Descriptors of one file that a next image is told of. */
#define FDS_MAX 8

static bool is_pending_here(struct pending_table *table, const struct writer_id *id)
{
    for (int fd = table_next(table, 0); fd >= 0; fd = table_next(table, fd + 1)) {
        const struct pending_entry *entry = table_find(table, fd);
        if (entry && writer_same_id(&entry->file.id, id))
            return true;
    }
    return false;
}

static struct writer_id id_of(const struct statx *status)
{
    return (struct writer_id){status->stx_ino, status->stx_dev_major, status->stx_dev_minor};
}

/* --- what is said while one lives --- */

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
    atomic_store(&guests_am_one, true);
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
    struct writer_id id = id_of(status);
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
    text_put(&text, fd == 1 ? "/fd/1" : "/fd/2");
    return sys_statx(AT_FDCWD, path, 0, status) == 0;
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

/* --- what is learnt when one died --- */

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

/* --- what goes along to the next image --- */

/*
 * Whose table, and which entries of it?  A vfork(2) child reads its parent's, which other threads
 * of that may change meanwhile, without its lock: it could be killed while it held it.  What it
 * copies is believed only if the next image finds that it is true.
 */
struct view {
    struct pending_table *table; /* or NULL */
    bool own;
    bool spawns;
};

static struct view look(bool spawns)
{
    struct view view = {.table = table_own(), .own = true, .spawns = spawns};
    if (!view.table)
        view = (struct view){.table = spawns ? NULL : atomic_load(&pending_table)};
    if (view.table && view.own)
        table_lock(view.table);
    return view;
}

static void look_away(const struct view *view)
{
    if (view->table && view->own)
        table_unlock(view->table);
}

static bool stays_open(int fd)
{
    int flags = sys_fcntl(fd, F_GETFD, 0);
    return flags >= 0 && !(flags & FD_CLOEXEC);
}

static bool is(int fd, const struct writer_id *id)
{
    struct statx status;
    return sys_fstat(fd, &status) == 0 && writer_id_matches(id, &status);
}

/*
 * The descriptors that the next image may have of it.  Of one by posix_spawn(3) standard output and
 * error may become it.
 */
static size_t collect(const struct view *view, const struct pending_entry *entry, int fds[FDS_MAX])
{
    size_t count = 0;
    for (int fd = 1; fd <= 2; fd++)
        if (view->spawns || is(fd, &entry->file.id))
            fds[count++] = fd;
    int left = entry->descriptors;
    for (int fd = entry->first_fd; fd >= 0 && left-- > 0 && count < FDS_MAX;
         fd = view->table->next_fd[fd])
        if (fd != 1 && fd != 2 && stays_open(fd))
            fds[count++] = fd;
    return count;
}

/* Each entry has its turn with one of its descriptors. */
static const struct pending_entry *whose_turn(const struct view *view, int fd)
{
    const struct pending_entry *entry = table_find(view->table, fd);
    bool concerns = entry && entry->first_fd == fd && entry->state == PENDING_OPEN &&
                    (!view->own || view->spawns || entry->role == PENDING_GUEST);
    return concerns ? entry : NULL;
}

static struct text write_record(char *memory, size_t size, const struct pending_entry *entry,
                                const int *fds, size_t count)
{
    struct handover_record record = {
        .kind = HANDOVER_GUEST, .pid = sys_getpid(), .file = entry->file};
    struct text text = text_begin(memory, size);
    record.file.directory = -1;
    text_put(&text, HANDOVER_VARIABLE "=");
    handover_write_head(&text, &record);
    for (size_t i = 0; i < count; i++)
        handover_write_fd(&text, fds[i]);
    handover_write_tail(&text, &record);
    return text;
}

/* More than any record of it takes. */
static size_t size_of_record(const struct pending_entry *entry)
{
    return sizeof HANDOVER_VARIABLE "=" + 320 + FDS_MAX * HANDOVER_FD_SIZE +
           2 * (strnlen(entry->file.name, NAME_MAX) +
                strnlen(entry->file.temporary, WRITER_TEMPORARY_SIZE));
}

/* memory: NULL to count only, and size is what they may take then.  *size: what is left. */
static size_t write_records(bool spawns, char *strings[], size_t room, char *memory, size_t *size)
{
    size_t written = 0;
    guard_enter();
    struct view view = look(spawns);
    for (int fd = view.table ? table_next(view.table, 0) : -1; fd >= 0 && written < room;
         fd = table_next(view.table, fd + 1)) {
        int fds[FDS_MAX];
        const struct pending_entry *entry = whose_turn(&view, fd);
        size_t count = entry ? collect(&view, entry, fds) : 0;
        if (count == 0)
            continue;
        size_t needed = size_of_record(entry);
        if (needed > *size)
            break;
        if (memory) {
            struct text text = write_record(memory, *size, entry, fds, count);
            strings[written] = text.bytes;
            memory += text.length + 1;
            needed = text.length + 1;
        }
        *size -= needed;
        written++;
    }
    look_away(&view);
    guard_leave();
    return written;
}

size_t guests_measure(bool spawns, size_t *count)
{
    size_t size = GUESTS_BYTES_MAX;
    *count = write_records(spawns, NULL, GUESTS_RECORDS_MAX, NULL, &size);
    return GUESTS_BYTES_MAX - size;
}

size_t guests_write(bool spawns, char *strings[], size_t count, char *memory, size_t size)
{
    return write_records(spawns, strings, count, memory, &size);
}
