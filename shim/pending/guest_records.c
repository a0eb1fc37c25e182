/*
 * What a next image is told of the files that it is a guest of.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/pending/guest_records.h"
#include "shim/base/guard.h"
#include "shim/base/sys_process.h"
#include "shim/pending/handover.h"
#include "shim/pending/table.h"

#include <string.h>

/* Descriptors of one file that a next image is told of. */
#define FDS_MAX 8

/* Of all those files. */
#define GUEST_RECORDS_MAX 16

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

size_t guest_records_measure(bool spawns, size_t *count)
{
    size_t size = GUEST_RECORDS_SIZE_MAX;
    *count = write_records(spawns, NULL, GUEST_RECORDS_MAX, NULL, &size);
    return GUEST_RECORDS_SIZE_MAX - size;
}

size_t guest_records_write(bool spawns, char *strings[], size_t count, char *memory, size_t size)
{
    return write_records(spawns, strings, count, memory, &size);
}
