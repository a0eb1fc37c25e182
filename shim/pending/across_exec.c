/*
 * Pending files across execve(2).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/pending/across_exec.h"
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
    struct pending_table *table = pending_ever() ? table_own() : NULL;
    return table && table_next(table, 0) >= 0;
}

/* The descriptors of entry that the next image will have. */
static void collect_fds(struct pending_table *table, const struct pending_entry *entry,
                        struct handover_record *record)
{
    record->fd_count = 0;
    for (int fd = table_next(table, 0); fd >= 0; fd = table_next(table, fd + 1))
        if (table_find(table, fd) == entry && record->fd_count < HANDOVER_FDS_MAX && stays_open(fd))
            record->fds[record->fd_count++] = fd;
}

static void release_all(struct pending_table *table, struct pending_entry *entry)
{
    for (int fd = table_next(table, 0); fd >= 0; fd = table_next(table, fd + 1)) {
        if (table_find(table, fd) == entry) {
            entry_flush(entry);
            (void)pending_release(fd);
        }
    }
}

/*
 * The file is published while it is still written: promise 3 is given up for it, and the log says
 * so (304).
 */
static void publish_early(struct pending_table *table, struct pending_entry *entry, int fd,
                          enum writer_left_to left_to)
{
    for (int alias = table_next(table, 0); alias >= 0; alias = table_next(table, alias + 1))
        if (table_find(table, alias) == entry)
            (void)table_untrack(table, alias);
    int result = -atomic_load(&entry->error);
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
    entry_end(entry);
}

static void hand_over(struct text *text, struct pending_entry *entry,
                      struct handover_record *record)
{
    record->pid = sys_getpid();
    record->error = atomic_load(&entry->error);
    record->file = entry->file;
    handover_write(text, record);
}

void pending_exec(bool next_loads, char *handover)
{
    struct text text = text_begin(handover, PENDING_HANDOVER_SIZE);
    struct pending_table *table = table_own();
    int files = 0;
    for (int fd = table ? table_next(table, 0) : -1; fd >= 0; fd = table_next(table, fd + 1)) {
        struct pending_entry *entry = table_find(table, fd);
        struct handover_record record;
        collect_fds(table, entry, &record);
        if (record.fd_count == 0)
            release_all(table, entry);
        else if (record.fds[0] != fd)
            continue; /* its turn comes with the first that stays */
        else if (next_loads && files++ < HANDOVER_FILES_MAX)
            hand_over(&text, entry, &record);
        else
            publish_early(table, entry, fd, WRITER_LEFT_TO_PROGRAM);
    }
}

void pending_publish_before_daemon(void)
{
    struct pending_table *table = pending_ever() ? table_own() : NULL;
    for (int fd = table ? table_next(table, 0) : -1; fd >= 0; fd = table_next(table, fd + 1))
        publish_early(table, table_find(table, fd), fd, WRITER_LEFT_TO_CHILD);
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

static int accept(struct pending_table *table, const struct handover_record *record)
{
    struct pending_entry *entry = NULL;
    for (size_t i = 0; i < record->fd_count; i++) {
        int fd = record->fds[i];
        int result = is_true(record, fd);
        if (result < 0)
            return result;
        if (result == 0 || table_find(table, fd))
            continue;
        if (!entry) {
            entry = table_claim(table);
            if (!entry)
                return -EMFILE;
            entry->file = record->file;
            entry->file.directory = -1; /* found again by directory and inode (201) */
            entry->file.rule = find_rule(&entry->file, fd);
            atomic_store(&entry->error, record->error);
            entry_start(entry);
        } else if (!table_reference(entry)) {
            return -EBUSY;
        }
        if (table_track(table, fd, entry) < 0)
            (void)table_unreference(entry);
    }
    return 0;
}

int pending_accept(const char *handover)
{
    struct handover_record record;
    struct pending_table *table;
    int result = 0;
    while (result == 0 && handover_read(&handover, &record)) {
        if (record.pid != sys_getpid())
            continue;
        result = table_obtain(&table);
        if (result == 0)
            result = accept(table, &record);
    }
    return result;
}
