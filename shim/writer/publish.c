/*
 * Publishing a file: contract 204.  The order is the promise.
 *
 * What the file is allowed to be comes first, the sync before any name (a sync after the link loses
 * data in a power cut), and the name last, in one atomic step.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/writer/internal.h"

#include <sys/file.h>

/* Narrowing by the program is kept, widening is not (403). */
static mode_t mode_to_publish(const struct writer_file *file, mode_t current)
{
    mode_t widest = file->rule->mode;
    return current == file->created_mode ? widest : current & widest;
}

/* EINTR from close(2) counts as success with many callers, and the sync is not done yet. */
static int sync_fully(int fd)
{
    int result;
    do
        result = sys_fsync(fd);
    while (result == -EINTR);
    return result;
}

static int make_ready(struct writer_file *file, int fd, const struct statx *status,
                      enum writer_end end)
{
    int result = 0;
    if (file->rule->content == POLICY_CONTENT_JSON && end == WRITER_LAST)
        result = content_check(file, fd, status->stx_size);
    mode_t current = status->stx_mode & 07777;
    file->size = status->stx_size;
    file->mode = mode_to_publish(file, current);
    if (result == 0)
        result = permissions_apply(file->rule, fd, current, file->mode);
    if (result == 0 && file->rule->durability != POLICY_DURABILITY_NONE)
        result = sync_fully(fd);
    return result;
}

/* Hidden name to protected name, where the file system knows no RENAME_NOREPLACE. */
static int link_exclusively(struct writer_file *file)
{
    int result = sys_linkat(file->directory, file->temporary, file->directory, file->name, 0);
    if (result == 0)
        sys_unlinkat(file->directory, file->temporary);
    return result;
}

/*
 * links: of the file before it got its hidden name.  rename(2) of one name onto another of the same
 * file does nothing and leaves both; only somebody who reached the file through the program's own
 * descriptors can have linked it there.
 */
static int rename_into_place(struct writer_file *file, unsigned links)
{
    unsigned flags = file->exclusive ? RENAME_NOREPLACE : 0;
    int result = sys_renameat(file->directory, file->temporary, file->name, flags);
    if (result == -EINVAL && file->exclusive)
        result = link_exclusively(file);
    if (result < 0)
        return result;
    if (links > 0)
        sys_unlinkat(file->directory, file->temporary);
    /* From here on the hidden name is anybody's. */
    file->temporary[0] = '\0';
    return 0;
}

/* An absent target takes one step; a name that stands there already can't be linked over. */
static int place(struct writer_file *file, int fd, unsigned links)
{
    if (file->temporary[0])
        return rename_into_place(file, links - 1);
    if (!file->replaces) {
        int result = temporary_link_as(file, fd, file->name);
        if (result != -EEXIST || file->exclusive)
            return result;
    }
    int result = temporary_link(file, fd);
    return result < 0 ? result : rename_into_place(file, links);
}

static int publish_in_directory(struct writer_file *file, int fd, const struct statx *status,
                                enum writer_end end)
{
    int result = make_ready(file, fd, status, end);
    if (result < 0)
        return result;
    bool sync_directory = file->rule->durability == POLICY_DURABILITY_DIRECTORY;
    int readable = -1;
    if (sync_directory) {
        readable = sys_openat(file->directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
        if (readable < 0)
            return writer_refuse(file, readable, "the directory cannot be opened to be synced");
    }
    result = place(file, fd, status->stx_nlink);
    if (result == 0 && sync_directory)
        result = sync_fully(readable);
    if (readable >= 0)
        sys_close(readable);
    return result;
}

int writer_publish(struct writer_file *file, int fd, enum writer_end end)
{
    struct statx status;
    int result = sys_fstat(fd, &status);
    if (result == 0 && !writer_id_matches(&file->id, &status))
        result = writer_refuse(file, -EBADF, "the descriptor was closed behind the library's back");
    if (result == 0 && directory_of(file, fd) < 0)
        result = writer_refuse(file, -ESTALE, "the directory's descriptor was closed and is lost");
    if (result == 0)
        result = publish_in_directory(file, fd, &status, end);
    if (result < 0) {
        writer_discard(file);
        return result;
    }
    file->published = true;
    if (end == WRITER_STAYS_OPEN)
        (void)sys_flock(fd, LOCK_UN);
    return 0;
}

void writer_discard(struct writer_file *file)
{
    if (file->temporary[0] && directory_is_open(file))
        sys_unlinkat(file->directory, file->temporary);
    file->temporary[0] = '\0';
}

void writer_close(struct writer_file *file)
{
    if (file->published)
        sys_close(file->directory); /* looked at when the file was published, just before */
    else
        directory_drop(file);
    file->directory = -1;
}
