/*
 * Pending files across execve(2).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/pending/across_exec.h"
#include "shim/base/guard.h"
#include "shim/base/sys_process.h"
#include "shim/pending/directories.h"
#include "shim/pending/entry.h"
#include "shim/pending/guest_records.h"
#include "shim/pending/guests.h"

static bool stays_open(int fd)
{
    int flags = sys_fcntl(fd, F_GETFD, 0);
    return flags >= 0 && !(flags & FD_CLOEXEC);
}

/* In a vfork(2) child the table is its parent's: it is a guest of what is pending there. */
bool pending_exec_matters(void)
{
    if (!pending_ever())
        return false;
    pending_wait_for_endings();
    return pending_next(0) >= 0;
}

/*
 * The entry behind fd, if that is this process's, and fd is the lowest of its descriptors: so each
 * has one turn.  Else NULL.  Under the lock.
 */
static struct pending_entry *whose_turn(struct pending_table *table, int fd)
{
    struct pending_entry *entry = table_find(table, fd);
    if (!entry || entry->role != PENDING_OPENER)
        return NULL;
    for (int alias = entry->first_fd; alias >= 0; alias = table->next_fd[alias])
        if (alias < fd)
            return NULL;
    return entry;
}

/* Descriptors of entry that the next image will have as such: of what lost its name it has none. */
static size_t count_inherited(struct pending_table *table, const struct pending_entry *entry)
{
    size_t count = 0;
    for (int fd = entry->withdrawn ? -1 : entry->first_fd; fd >= 0; fd = table->next_fd[fd])
        count += stays_open(fd);
    return count;
}

static void publish_whole(struct pending_table *table, int fd)
{
    pending_flush_kept(fd);
    (void)entry_finish_all(table, fd);
}

static void publish_before_program(struct pending_table *table, int fd, const char *obstacle,
                                   enum writer_completeness completeness)
{
    char bytes[200];
    struct text reason = text_begin(bytes, sizeof bytes);
    text_put(&reason, completeness == WRITER_COMPLETE ? "maybe " : "");
    text_put(&reason, "not whole: the next program writes on without the library: ");
    text_put(&reason, obstacle);
    (void)entry_publish_while_open(table, fd, completeness, WRITER_LEFT_TO_PROGRAM, bytes);
}

/* What is done with one entry that the next image takes over, under the lock. */
typedef void heir_action(struct pending_table *table, struct pending_entry *entry, void *argument);

static void for_each_heir(heir_action *act, void *argument)
{
    guard_enter();
    struct pending_table *table = table_own();
    if (table) {
        table_lock(table);
        for (int fd = table_next(table, 0); fd >= 0; fd = table_next(table, fd + 1)) {
            struct pending_entry *entry = whose_turn(table, fd);
            if (entry && count_inherited(table, entry) > 0)
                act(table, entry, argument);
        }
        table_unlock(table);
    }
    guard_leave();
}

struct room {
    size_t count;
    size_t size;
};

static void add_room(struct pending_table *table, struct pending_entry *entry, void *argument)
{
    struct room *room = argument;
    room->count++;
    room->size += sizeof HANDOVER_VARIABLE "=" + HANDOVER_RECORD_SIZE +
                  count_inherited(table, entry) * HANDOVER_FD_SIZE;
}

size_t pending_handover_measure(size_t *count)
{
    struct room room = {0};
    for_each_heir(add_room, &room);
    size_t guests;
    room.size += guest_records_measure(false, &guests);
    *count = room.count + guests;
    return room.size;
}

/* The directory goes along: from another root, or without /proc, it could not be found again. */
static void set_inherited(struct pending_table *table, struct pending_entry *entry, bool inherited)
{
    struct statx status;
    struct writer_file *file = &entry->file;
    directories_update(table, entry);
    if (sys_fstat(file->directory, &status) == 0 && writer_id_matches(&file->directory_id, &status))
        (void)sys_fcntl(file->directory, F_SETFD, inherited ? 0 : FD_CLOEXEC);
}

struct strings {
    char **strings;
    size_t room;
    size_t count;
    char *memory;
    size_t size;
};

static void hand_over(struct pending_table *table, struct pending_entry *entry, void *argument)
{
    struct strings *strings = argument;
    if (strings->count == strings->room)
        return;
    set_inherited(table, entry, true);
    struct handover_record record = {
        .kind = HANDOVER_OPENER, .pid = sys_getpid(), .error = entry->error, .file = entry->file};
    struct text text = text_begin(strings->memory, strings->size);
    text_put(&text, HANDOVER_VARIABLE "=");
    handover_write_head(&text, &record);
    for (int fd = entry->first_fd; fd >= 0; fd = table->next_fd[fd])
        if (stays_open(fd))
            handover_write_fd(&text, fd);
    handover_write_tail(&text, &record);
    strings->strings[strings->count++] = text.bytes;
    strings->memory += text.length + 1;
    strings->size -= text.length + 1;
}

size_t pending_handover_write(char *strings[], size_t count, char *memory, size_t size)
{
    struct strings written = {strings, count, 0, memory, size};
    for_each_heir(hand_over, &written);
    return written.count + guest_records_write(false, strings + written.count,
                                               count - written.count, written.memory, written.size);
}

static void stay(struct pending_table *table, struct pending_entry *entry, void *argument)
{
    (void)argument;
    set_inherited(table, entry, false);
}

void pending_exec_failed(void)
{
    for_each_heir(stay, NULL);
}

void pending_exec_publish(const char *obstacle)
{
    guard_enter();
    struct pending_table *table = table_own();
    for (int fd = table ? table_next(table, 0) : -1; fd >= 0; fd = table_next(table, fd + 1)) {
        table_lock(table);
        const struct pending_entry *entry = whose_turn(table, fd), *any = table_find(table, fd);
        bool inherited = any && count_inherited(table, any) > 0;
        table_unlock(table);
        if (entry && !inherited)
            publish_whole(table, fd);
        else if (entry && obstacle)
            publish_before_program(table, fd, obstacle, WRITER_UNFINISHED);
        /* Nobody would look at it any more: what is not whole by now is refused (307). */
        else if (!entry && !inherited && guests_was_left(table, fd))
            entry_finish_at_end(table, fd);
        else if (!entry && obstacle && stays_open(fd) && guests_leave_to_next(table, fd))
            publish_before_program(table, fd, obstacle, WRITER_COMPLETE);
    }
    guard_leave();
}

void pending_publish_before_daemon(void)
{
    for (int fd = pending_next(0); fd >= 0; fd = pending_next(fd + 1)) {
        if (!pending_is_own(fd))
            continue;
        guard_enter();
        (void)entry_publish_while_open(table_own(), fd, WRITER_UNFINISHED, WRITER_LEFT_TO_CHILD,
                                       "not whole: a child process writes on");
        guard_leave();
    }
}
