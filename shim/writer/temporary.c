/*
 * Hidden names for files that have none yet.
 *
 * A name can be linked but not replaced (link(2)), so replacing takes a hidden name for the moment
 * between linkat and renameat; a file system without O_TMPFILE needs one for the whole write.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/writer/temporary.h"
#include "shim/base/proc.h"

#include <string.h>
#include <sys/file.h>

bool temporary_is_at(int directory, const char *name, const struct statx *file)
{
    struct statx named;
    return sys_statx(directory, name, AT_SYMLINK_NOFOLLOW, &named) == 0 &&
           sys_same_file(&named, file);
}

/* Makes the file appear under `name`; -EEXIST asks for another one. */
typedef int temporary_maker(struct writer_file *file, const char *name, int argument);

static int with_free_name(struct writer_file *file, temporary_maker *make, int argument)
{
    char name[WRITER_TEMPORARY_SIZE];
    for (int attempt = 0; attempt < TEMPORARY_ATTEMPTS; attempt++) {
        int result = temporary_name(file, attempt, name);
        if (result < 0)
            return result;
        result = make(file, name, argument);
        if (result == -EEXIST && stale_remove(file->directory, name))
            result = make(file, name, argument);
        if (result >= 0)
            memcpy(file->temporary, name, sizeof name);
        if (result != -EEXIST)
            return result;
    }
    return -EEXIST;
}

int temporary_link_as(struct writer_file *file, int fd, const char *name)
{
    char path[PROC_FD_PATH_SIZE];
    proc_fd_path(path, fd);
    int result = sys_linkat(AT_FDCWD, path, file->directory, name, AT_SYMLINK_FOLLOW);
    if (result < 0 && result != -EEXIST) {
        /* No /proc, or not ours to use: needs the opener's credentials or a capability (205). */
        int by_descriptor = sys_linkat(fd, "", file->directory, name, AT_EMPTY_PATH);
        if (by_descriptor != -ENOENT)
            result = by_descriptor;
    }
    return result;
}

static int link_unnamed(struct writer_file *file, const char *name, int fd)
{
    return temporary_link_as(file, fd, name);
}

int temporary_link(struct writer_file *file, int fd)
{
    /* Where locks are not supported, nobody can take one to remove us either. */
    (void)sys_flock(fd, LOCK_EX | LOCK_NB);
    return with_free_name(file, link_unnamed, fd);
}

static int create_named(struct writer_file *file, const char *name, int flags)
{
    int fd = sys_openat(file->directory, name, flags | O_CREAT | O_EXCL | O_NOFOLLOW,
                        WRITER_PRIVATE_MODE);
    if (fd < 0)
        return fd;
    /* Between the two calls a remover may have taken it for a dead one's; let it have the name. */
    int locked = sys_flock(fd, LOCK_EX | LOCK_NB);
    struct statx status;
    if (locked == -EAGAIN || sys_fstat(fd, &status) < 0 ||
        !temporary_is_at(file->directory, name, &status)) {
        sys_close(fd);
        return -EEXIST;
    }
    return fd;
}

int temporary_create(struct writer_file *file, int flags)
{
    return with_free_name(file, create_named, flags);
}

int temporary_examine(struct writer_file *file, bool is_new)
{
    struct statx named;
    int result = (is_new ? sys_statx_timeless : sys_statx)(file->directory, file->temporary,
                                                           AT_SYMLINK_NOFOLLOW, &named);
    if (result == 0 && !writer_id_matches(&file->id, &named))
        result = -ESTALE;
    return result < 0 ? writer_refuse(file, result, "another file stands at the hidden name") : 0;
}

/* The answer of a call that gives the file a name, or 0 where the name was given all the same. */
static int answer_or_deed(const struct writer_file *file, const char *name, int answer)
{
    struct statx named;
    if (answer < 0 &&
        sys_statx(file->directory, name, AT_SYMLINK_NOFOLLOW | AT_STATX_FORCE_SYNC, &named) == 0 &&
        writer_id_matches(&file->id, &named))
        return 0;
    return answer;
}

int temporary_rename(const struct writer_file *file, const char *name, unsigned flags)
{
    int result = sys_renameat(file->directory, file->temporary, name, flags);
    return answer_or_deed(file, name, result);
}

int temporary_link_to(const struct writer_file *file, const char *name)
{
    int result = sys_linkat(file->directory, file->temporary, file->directory, name, 0);
    return answer_or_deed(file, name, result);
}

/* What another put there stays; where it cannot be told, our own must not. */
void temporary_remove(struct writer_file *file)
{
    const char *reason = file->reason;
    if (file->temporary[0] && temporary_examine(file, false) != -ESTALE)
        sys_unlinkat(file->directory, file->temporary);
    file->temporary[0] = '\0';
    file->reason = reason;
}
