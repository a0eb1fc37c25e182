/*
 * Publishing a file: contract 204.  The order is the promise.
 *
 * What the file is allowed to be comes first, the sync before any name (a sync after the link loses
 * data in a power cut), and the name last, in one atomic step.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "policy/base/slice.h"
#include "shim/base/compiler.h"
#include "shim/base/path.h"
#include "shim/base/proc.h"
#include "shim/writer/internal.h"
#include "shim/writer/marks.h"
#include "shim/writer/temporary.h"

#include <sys/file.h>

/* Narrowing by the program is kept, widening is not (403). */
static mode_t mode_to_publish(const struct writer_file *file, mode_t current)
{
    mode_t widest = file->rule->mode & file->asked_mode;
    if (file->asked_mode != WRITER_NO_MODE)
        return widest;
    return current == file->created_mode ? widest : current & widest;
}

static int make_ready(struct writer_file *file, int fd, struct statx *status,
                      enum writer_completeness completeness)
{
    int result = 0;
    if (file->rule->content == POLICY_CONTENT_JSON && completeness == WRITER_COMPLETE)
        result = content_check(file, fd, status);
    file->size = status->stx_size;
    if (result == 0) {
        mode_t wanted = mode_to_publish(file, status->stx_mode & 07777);
        result = permissions_apply(file->rule, fd, status, wanted);
        file->mode = status->stx_mode & 07777;
    }
    if (result == 0 && file->rule->durability != POLICY_DURABILITY_NONE)
        result = writer_sync(fd);
    return result;
}

/* Hidden name to protected name, where the file system knows no RENAME_NOREPLACE. */
static int link_exclusively(struct writer_file *file)
{
    int result = temporary_link_to(file, file->name);
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
    int result = temporary_examine(file, links == 0);
    if (result < 0)
        return result;
    /* An update of what was not there may not take the place of what is there now (105). */
    bool keeps = file->exclusive || (file->updates && !file->replaces);
    result = temporary_rename(file, file->name, keeps ? RENAME_NOREPLACE : 0);
    if (result == -EINVAL && keeps)
        result = link_exclusively(file);
    if (result == -EEXIST && !file->exclusive)
        result = writer_refuse(file, -ESTALE, "the name got a file while this one was written");
    if (result < 0)
        return result;
    if (links > 0)
        sys_unlinkat(file->directory, file->temporary);
    /* From here on the hidden name is anybody's. */
    file->temporary[0] = '\0';
    return 0;
}

/*
 * Always by a hidden name and rename(2), also where nothing stands under the name: a watcher by
 * name sees MOVED_TO then, and would never see a CLOSE_WRITE of a file that was opened unnamed
 * (210).
 */
static int place(struct writer_file *file, int fd, unsigned links)
{
    int result = file->updates && file->replaces ? copy_examine(file) : 0;
    if (result < 0)
        return result;
    if (file->temporary[0])
        return rename_into_place(file, links - 1);
    if (file->directory_append_only)
        return temporary_link_as(file, fd, file->name);
    result = temporary_link(file, fd);
    return result < 0 ? result : rename_into_place(file, links);
}

static int publish_in_directory(struct writer_file *file, int fd, struct statx *status,
                                enum writer_completeness completeness)
{
    unsigned links = status->stx_nlink;
    int result = make_ready(file, fd, status, completeness);
    if (result < 0)
        return result;
    bool sync_directory = file->rule->durability == POLICY_DURABILITY_DIRECTORY;
    int opened = sync_directory ? directory_open_to_sync(file) : -EMFILE;
    if (opened < 0 && opened != -EMFILE)
        return opened;
    result = place(file, fd, links);
    file->published = result == 0;
    if (result == 0 && sync_directory)
        result = directory_sync_opened(opened, fd);
    if (result < 0 && file->published)
        file->reason = "in place, but the directory could not be synced";
    if (opened >= 0)
        sys_close(opened);
    return result;
}

/*
 * The descriptor shows another file than was begun.  Either it was closed behind the library's back
 * and is the program's for something else, or the file system shows what somebody put at the hidden
 * name.  The name that it was opened by tells: "#INODE" of an unnamed file, or the hidden one.
 * Apart, because the stack is small: a check of the content comes after it.
 */
NOINLINE static bool was_opened_by_us(const struct writer_file *file, int fd)
{
    char path[PATH_MAX];
    ssize_t length = proc_real_path(fd, path, sizeof path);
    if (length < 0)
        return length != -ENOENT;
    const char *name = path_name(path, (size_t)length);
    struct slice rest = {name, (size_t)(path + length - name)};
    return slice_begins(rest, slice_of(file->temporary[0] ? file->temporary : "#"));
}

static int examine_descriptor(struct writer_file *file, int fd, struct statx *status)
{
    int result = writer_look(file, fd, status);
    if (result == 0 && writer_id_matches(&file->id, status))
        return 0;
    if (result != -EBADF && was_opened_by_us(file, fd))
        return writer_refuse(file, result < 0 ? result : -ESTALE,
                             "the file system shows another file than was written");
    file->fd_lost = true;
    return writer_refuse(file, -EBADF, "the descriptor was closed behind the library's back");
}

/* Another process said that it could not write it, or was killed when it wrote it (306, 309). */
static int refuse_condemned(struct writer_file *file, int error)
{
    return writer_refuse(file, -error,
                         error == MARKS_KILLED ? MARKS_KILLED_REASON
                                               : "another process failed to write it");
}

/*
 * It may not be whole: the log says so.  Nobody is asked who holds it where the program may go on
 * with fd: held_by_others() spoils that.
 */
static void note_guest(struct writer_file *file, int fd)
{
    if (!file->guest_writes || file->reason)
        return;
    if (!file->stays_open && !held_by_others(fd))
        return;
    file->left_to = WRITER_LEFT_TO_CHILD;
    file->reason = "maybe not whole: a child process still writes it";
}

int writer_publish(struct writer_file *file, int fd, enum writer_completeness completeness)
{
    struct statx status;
    int result = examine_descriptor(file, fd, &status);
    if (result == 0 && marks_error(status.stx_mode))
        result = refuse_condemned(file, marks_error(status.stx_mode));
    if (result == 0 && directory_of(file, fd) < 0)
        result = writer_refuse(file, -ESTALE, "the directory's descriptor was closed and is lost");
    if (result == 0)
        result = publish_in_directory(file, fd, &status, completeness);
    if (result == WRITER_DEFERRED)
        return 0;
    if (!file->published) {
        writer_discard(file);
        return result;
    }
    /* A child may hold the descriptor on, and the lock with it. */
    (void)sys_flock(fd, LOCK_UN);
    if (completeness == WRITER_COMPLETE)
        note_guest(file, fd);
    return result;
}

void writer_discard(struct writer_file *file)
{
    if (file->temporary[0] && directory_is_open(file))
        temporary_remove(file);
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
