/*
 * A protected name that its opener opens again while it is pending.
 *
 * As with any file that two descriptors of one process stand for, each has its own offset and
 * flags, and both see what either writes: the new one is opened through the old one's /proc link,
 * not duplicated.  The file is published with the last of them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/pending/join.h"
#include "shim/base/proc.h"
#include "shim/pending/entry.h"

/* A descriptor of what is pending under the name, or -1. */
static int fd_of(struct pending_table *table, const struct writer_id *directory, const char *name)
{
    table_lock(table);
    const struct pending_entry *entry = entry_find_open(table, directory, name);
    int fd = entry ? entry->first_fd : -1;
    table_unlock(table);
    return fd;
}

bool join_finds(struct pending_table *table, const struct writer_id *directory, const char *name)
{
    return fd_of(table, directory, name) >= 0;
}

/* The number that the program expects: that of the directory's descriptor, if that is lower. */
static int move_down(int fd, int lowest, int flags)
{
    int moved = lowest >= 0 && lowest < fd ? sys_dup3(fd, lowest, flags & O_CLOEXEC) : fd;
    if (moved < 0 || moved == fd)
        return fd;
    sys_close(fd);
    return moved;
}

/* -1 if another thread has ended the file meanwhile, or given its descriptor's number to another.
 */
static int track(struct pending_table *table, const struct writer_id *directory, const char *name,
                 int fd, int lowest, int flags)
{
    struct statx status;
    if (fd >= PENDING_FD_MAX || sys_fstat(fd, &status) < 0)
        return -1;
    entry_forget(table, fd);
    if (lowest >= 0)
        entry_forget(table, lowest);
    table_lock(table);
    struct pending_entry *entry = entry_find_open(table, directory, name);
    bool same = entry && writer_id_matches(&entry->file.id, &status);
    if (same) {
        fd = move_down(fd, lowest, flags);
        table_track(table, fd, entry);
        /* What one asked for and another one did not is shown for both (203). */
        if (entry->file.access_added !=
            (writer_access(entry->file.rule, flags) ^ (flags & O_ACCMODE)))
            entry->file.access_added = 0;
    }
    table_unlock(table);
    return same ? fd : -1;
}

/* The flags that mean a name, and not what is behind it. */
#define NAME_FLAGS (O_CREAT | O_EXCL | O_NOFOLLOW)

/* As often as files can be ended under this name while it is looked at. */
#define ROUNDS_MAX 40

int join_open(struct pending_table *table, const struct writer_id *directory, const char *name,
              int flags, const struct policy_rule *rule, int lowest)
{
    if (flags & O_EXCL)
        return JOIN_NOTHING;
    /* It may be the last, through which the content is checked (310). */
    int kept = (flags & ~(NAME_FLAGS | O_ACCMODE)) | writer_access(rule, flags);
    int error = JOIN_NOTHING;
    for (int round = 0; round < ROUNDS_MAX; round++) {
        int pending = fd_of(table, directory, name);
        if (pending < 0)
            return JOIN_NOTHING;
        char path[PROC_FD_PATH_SIZE];
        proc_fd_path(path, pending);
        int fd = sys_openat(AT_FDCWD, path, kept, 0);
        if (fd >= 0) {
            int tracked = track(table, directory, name, fd, lowest, flags);
            if (tracked >= 0)
                return tracked;
            sys_close(fd);
        }
        error = fd;
        if (fd < 0 && fd != -ENOENT)
            break;
    }
    return error < 0 ? error : JOIN_NOTHING;
}
