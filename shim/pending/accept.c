/*
 * The next image after an execve(2): what it takes over (303, 306).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/base/guard.h"
#include "shim/base/proc.h"
#include "shim/base/sys_process.h"
#include "shim/config/config.h"
#include "shim/pending/across_exec.h"
#include "shim/pending/entry.h"
#include "shim/pending/guests.h"
#include "shim/pending/statements.h"

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

/* The directory came along, or else is found again when it is needed (201). */
static void take_directory(struct writer_file *file)
{
    struct statx status;
    if (sys_fstat(file->directory, &status) < 0 || !writer_id_matches(&file->directory_id, &status))
        file->directory = -1;
    else
        (void)sys_fcntl(file->directory, F_SETFD, FD_CLOEXEC);
}

static struct pending_entry *begin_accepted(struct pending_table *table,
                                            const struct handover_record *record, int fd)
{
    struct pending_entry *entry = entry_claim(table);
    if (!entry)
        return NULL;
    entry->file = record->file;
    take_directory(&entry->file);
    entry->file.exclusive = false; /* that was asked when it was opened; see below */
    entry->file.rule = find_rule(&entry->file, fd);
    entry->error = record->error;
    /* What a guest holds has no name here: its opener knows that. */
    if (record->kind == HANDOVER_GUEST)
        entry->role = PENDING_GUEST;
    else
        (void)entry_register(table, entry);
    entry->file.exclusive = record->file.exclusive;
    return entry;
}

static int accept(struct pending_table *table, struct handover_record *record)
{
    struct pending_entry *entry = NULL;
    for (int fd = handover_next_fd(record); fd >= 0; fd = handover_next_fd(record)) {
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
        if (record.kind == HANDOVER_OPENER ? record.pid != sys_getpid()
                                           : record.kind != HANDOVER_GUEST)
            continue;
        result = table_obtain(&table);
        if (result == 0)
            result = accept(table, &record);
        statements_begin();
        if (record.kind == HANDOVER_GUEST)
            atomic_store(&guests_is_guest, true);
    }
    guard_leave();
    return result;
}
