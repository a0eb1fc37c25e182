/*
 * Pending files across execve(2).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/pending/across_exec.h"
#include "shim/base/guard.h"
#include "shim/base/proc.h"
#include "shim/config/config.h"
#include "shim/pending/entry.h"

static bool stays_open(int fd)
{
    int flags = sys_fcntl(fd, F_GETFD, 0);
    return flags >= 0 && !(flags & FD_CLOEXEC);
}

bool pending_exec_matters(void)
{
    for (int fd = pending_next(0); fd >= 0; fd = pending_next(fd + 1))
        if (pending_is_own(fd))
            return true;
    return false;
}

/* The descriptors of entry that the next image will have, the lowest first. */
static void collect_fds(struct pending_table *table, const struct pending_entry *entry,
                        struct handover_record *record)
{
    record->fd_count = 0;
    for (int fd = entry->first_fd; fd >= 0; fd = table->next_fd[fd])
        if (record->fd_count < HANDOVER_FDS_MAX && stays_open(fd))
            record->fds[record->fd_count++] = fd;
}

/*
 * What the next image is to know of the file behind fd.  False if that is not this process's, or
 * its turn comes with a descriptor that is lower.
 */
static bool describe(struct pending_table *table, int fd, struct handover_record *record)
{
    table_lock(table);
    const struct pending_entry *entry = table_find(table, fd);
    bool first = entry && entry->role == PENDING_OPENER;
    for (int alias = first ? entry->first_fd : -1; alias >= 0; alias = table->next_fd[alias])
        first = first && alias >= fd;
    if (first) {
        collect_fds(table, entry, record);
        record->pid = sys_getpid();
        record->error = entry->error;
        record->file = entry->file;
    }
    table_unlock(table);
    return first;
}

static void publish_whole(struct pending_table *table, int fd)
{
    pending_flush_kept(fd);
    struct pending_entry *entry = entry_release_all(table, fd);
    if (entry)
        (void)entry_finish(table, entry, fd);
}

/*
 * The file is published while it is still written: promise 3 is given up for it, and the log says
 * so (304).
 */
static void publish_early(struct pending_table *table, int fd, enum writer_left_to left_to)
{
    struct pending_entry *entry = entry_release_all(table, fd);
    if (!entry)
        return;
    int result = -entry->error;
    if (result == 0)
        result = writer_publish(&entry->file, fd, WRITER_STAYS_OPEN);
    else
        writer_discard(&entry->file);
    if (result == 0) {
        entry->file.left_to = left_to;
        entry->file.reason = left_to == WRITER_LEFT_TO_CHILD
                                 ? "not whole: a child process writes on"
                                 : "not whole: the next program writes on without the library";
    }
    entry_report(entry, result == 0 ? "publish" : "discard", result);
    entry_end(table, entry);
}

static void exec_guarded(struct pending_table *table, bool next_loads, struct text *text)
{
    int files = 0;
    for (int fd = table_next(table, 0); fd >= 0; fd = table_next(table, fd + 1)) {
        struct handover_record record;
        if (!describe(table, fd, &record))
            continue;
        if (record.fd_count == 0)
            publish_whole(table, fd);
        else if (next_loads && files++ < HANDOVER_FILES_MAX)
            handover_write(text, &record);
        else
            publish_early(table, fd, WRITER_LEFT_TO_PROGRAM);
    }
}

void pending_exec(bool next_loads, char *handover)
{
    struct text text = text_begin(handover, PENDING_HANDOVER_SIZE);
    guard_enter();
    struct pending_table *table = table_own();
    if (table)
        exec_guarded(table, next_loads, &text);
    guard_leave();
}

void pending_publish_before_daemon(void)
{
    for (int fd = pending_next(0); fd >= 0; fd = pending_next(fd + 1)) {
        if (!pending_is_own(fd))
            continue;
        guard_enter();
        publish_early(table_own(), fd, WRITER_LEFT_TO_CHILD);
        guard_leave();
    }
}

/* 1 for the hidden file of this user that the record is about, 0 for anything else, or -errno. */
static int is_true(const struct handover_record *record, int fd)
{
    struct statx status;
    int result = sys_fstat(fd, &status);
    if (result < 0)
        return result == -EBADF ? 0 : result;
    return writer_id_matches(&record->file.id, &status) &&
           status.stx_nlink == (record->file.temporary[0] != '\0');
}

/* In the policy of this image; a rule with a '/' needs to know where the file is. */
static const struct policy_rule *find_rule(struct writer_file *file, int fd)
{
    static const struct policy_rule strictest = {
        .name = "handed-over", .mode = 0600, .group = POLICY_NO_GROUP};
    char path[PATH_MAX];
    ssize_t length = proc_real_path(fd, path, sizeof path);
    const char *slash = length > 0 ? memrchr(path, '/', (size_t)length) : NULL;
    const struct policy_rule *rule = &strictest;
    (void)policy_match(config_get()->policy, slash ? path : NULL,
                       slash ? (size_t)(slash - path) : 0, file->name, strlen(file->name), &rule);
    return rule;
}

/* An entry of what fd stands for, found again by directory and inode (201). */
static struct pending_entry *begin_accepted(struct pending_table *table,
                                            const struct handover_record *record, int fd)
{
    struct pending_entry *entry = entry_claim(table);
    if (!entry)
        return NULL;
    entry->file = record->file;
    entry->file.directory = -1;
    entry->file.exclusive = false; /* that was asked when it was opened; see below */
    entry->file.rule = find_rule(&entry->file, fd);
    entry->error = record->error;
    (void)entry_register(table, entry);
    entry->file.exclusive = record->file.exclusive;
    return entry;
}

static int accept(struct pending_table *table, const struct handover_record *record)
{
    struct pending_entry *entry = NULL;
    for (size_t i = 0; i < record->fd_count; i++) {
        int fd = record->fds[i];
        int result = is_true(record, fd);
        if (result < 0)
            return result;
        if (result == 0 || pending_tracks(fd))
            continue;
        if (!entry)
            entry = begin_accepted(table, record, fd);
        if (!entry)
            return -ENOMEM;
        result = entry_track(table, entry, fd);
        if (result < 0)
            return result;
    }
    return 0;
}

int pending_accept(const char *handover)
{
    struct handover_record record;
    struct pending_table *table;
    int result = 0;
    guard_enter();
    while (result == 0 && handover_read(&handover, &record)) {
        if (record.pid != sys_getpid())
            continue;
        result = table_obtain(&table);
        if (result == 0)
            result = accept(table, &record);
    }
    guard_leave();
    return result;
}
