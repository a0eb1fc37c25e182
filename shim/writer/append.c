/*
 * Appending to the file itself: contract 112.
 *
 * A file that is the caller's alone is opened as it is, and the kernel keeps the lines of any
 * number of processes apart.  One that is not may be open to somebody who would read on, so an
 * owner-only copy takes its place first.  Two things must not be lost on that way:
 *
 *   - what another process of the library appends: one at a time makes the file tight (a hidden
 *     name is the turn), and everybody looks again after the turn of another;
 *   - what a process appends that has the old file open, and knows nothing of this: after the copy
 *     has the name, the old file is read on until nobody has it open for writing any more.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/base/sys_process.h"
#include "shim/writer/temporary.h"

#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

/* The hooks may run on a small alternate signal stack: sigaltstack(2). */
#define CHUNK 2048

/* How long the writers of the old file are waited for; who holds it open for good is named. */
#define PAUSE_NS 1000000
#define PAUSES 1000
/* The same where nobody can tell whether there are any: a file of another user, or no leases. */
#define PAUSES_BLIND 20

bool append_is_in_place(const struct policy_rule *rule, int flags)
{
    return (flags & O_APPEND) && !(flags & O_TRUNC) && (flags & O_ACCMODE) != O_RDONLY &&
           rule->content == POLICY_CONTENT_ANY && rule->append == POLICY_APPEND_IN_PLACE;
}

/* A mode without bits for the group puts every entry of an ACL out of force: acl(5), the mask. */
static bool may_have_acl(const struct writer_file *file, const struct statx *status)
{
    if (!(status->stx_mode & S_IRWXG))
        return false;
    int fd = sys_openat(file->directory, file->name, O_PATH | O_NOFOLLOW | O_CLOEXEC, 0);
    if (fd < 0)
        return true;
    int acl = permissions_has_acl(fd);
    sys_close(fd);
    return acl != 0;
}

/* What was put there by this very open, whoever the file system says is its owner. */
static bool is_own(const struct writer_file *file, const struct statx *status)
{
    return file->own.inode != 0 && writer_id_matches(&file->own, status);
}

bool append_is_tight(const struct writer_file *file, const struct statx *existing)
{
    if (!S_ISREG(existing->stx_mode) || existing->stx_nlink != 1)
        return false;
    if (is_own(file, existing))
        return true;
    mode_t granted = permissions_granted(file->rule, existing->stx_gid);
    return existing->stx_uid == sys_geteuid() &&
           !permissions_exceed(existing->stx_mode & 07777, granted) &&
           !may_have_acl(file, existing);
}

/* A rule may take from the owner what this very open still needs, as O_CREAT with 0400 does. */
static mode_t mode_to_open(const struct policy_rule *rule)
{
    return rule->mode | WRITER_PRIVATE_MODE;
}

int append_open(struct writer_file *file, int flags)
{
    int fd = existing_open_itself(file, flags & O_ACCMODE, flags);
    if (fd < 0)
        return fd;
    /* Looked at again: it may have been replaced, or loosened, since the plan was made. */
    struct statx status;
    int result = sys_fstat(fd, &status);
    if (result == 0 && !append_is_tight(file, &status))
        result = WRITER_RETRY;
    if (result == 0 && is_own(file, &status) && mode_to_open(file->rule) != file->rule->mode)
        result = sys_fchmod(fd, file->rule->mode);
    if (result < 0 && result != WRITER_RETRY)
        writer_refuse(file, result, "the file itself cannot be examined");
    if (result < 0) {
        sys_close(fd);
        return result;
    }
    file->outcome = WRITER_APPENDS;
    if (file->outlived)
        file->reason = "what another process goes on to append to the old file is lost";
    return fd;
}

/* What source has grown by since the last look; WRITER_RETRY if it was cut meanwhile. */
static int catch_up(int source, int fd, uint64_t *copied)
{
    struct statx status;
    for (;;) {
        int result = sys_fstat(source, &status);
        if (result < 0 || status.stx_size == *copied)
            return result;
        if (status.stx_size < *copied)
            return WRITER_RETRY;
        result = copy_range(source, fd, *copied, status.stx_size);
        if (result < 0)
            return result;
        *copied = status.stx_size;
    }
}

/* The part of a chunk to be written at once: whole lines, which stay whole among those of others.
 */
static size_t whole_lines(const char *chunk, size_t length, bool is_all)
{
    const char *newline = memrchr(chunk, '\n', length);
    if (is_all && length < CHUNK)
        return length;
    if (newline)
        return (size_t)(newline + 1 - chunk);
    return length == CHUNK ? length : 0;
}

static int write_all(int fd, const char *chunk, size_t length)
{
    while (length > 0) {
        ssize_t written = sys_write(fd, chunk, length);
        if (written == -EINTR)
            continue;
        if (written < 0)
            return (int)written;
        chunk += written;
        length -= (size_t)written;
    }
    return 0;
}

static int append_tail(int source, int fd, uint64_t *copied, bool is_all)
{
    char chunk[CHUNK];
    for (;;) {
        ssize_t got = sys_pread(source, chunk, sizeof chunk, *copied);
        if (got == -EINTR)
            continue;
        if (got <= 0)
            return (int)got;
        size_t length = whole_lines(chunk, (size_t)got, is_all);
        if (length == 0)
            return 0;
        int result = write_all(fd, chunk, length);
        if (result < 0)
            return result;
        *copied += length;
    }
}

/* The old file has no name any more, so those who have it open for writing become fewer only. */
static int drain(struct writer_file *file, int source, int fd, uint64_t copied)
{
    struct timespec pause = {.tv_nsec = PAUSE_NS};
    int result = sys_fcntl(fd, F_SETFL, O_APPEND);
    for (int pauses = 0; result == 0; pauses++) {
        int held = held_for_writing(source);
        bool is_last = held == 0 || pauses == PAUSES || (held != -EAGAIN && pauses == PAUSES_BLIND);
        result = append_tail(source, fd, &copied, is_last);
        if (is_last) {
            file->outlived = held == -EAGAIN;
            return result;
        }
        sys_nanosleep(&pause);
    }
    return result;
}

static bool name_is(const struct writer_file *file, int source)
{
    struct statx named, status;
    return sys_statx(file->directory, file->name, AT_SYMLINK_NOFOLLOW, &named) == 0 &&
           sys_fstat(source, &status) == 0 && sys_same_file(&named, &status);
}

/* Complete and owner-only before it has any name, as at publish (204). */
static int copy_to_new(struct writer_file *file, int source, int fd, uint64_t *copied)
{
    struct statx status;
    int result = sys_fstat(source, &status);
    if (result == 0)
        result = copy_as_it_is(source, fd, &status);
    *copied = result == 0 ? status.stx_size : 0;
    if (result == 0)
        result = catch_up(source, fd, copied);
    if (result == 0)
        result = sys_fstat(fd, &status);
    if (result == 0)
        result = permissions_apply(file->rule, fd, &status, file->rule->mode);
    /* Now the file system is known to keep it. */
    mode_t wanted = mode_to_open(file->rule);
    if (result == 0 && wanted != file->rule->mode)
        result = permissions_apply(file->rule, fd, &status, wanted);
    if (result == 0 && file->rule->durability != POLICY_DURABILITY_NONE)
        result = sys_fsync(fd);
    return result;
}

static int put_in_place(struct writer_file *file, int source, int fd, uint64_t *copied)
{
    int result = turn_take(file, fd);
    if (result < 0)
        return result;
    if (!name_is(file, source))
        return WRITER_RETRY;
    result = catch_up(source, fd, copied);
    if (result < 0)
        return result;
    result = temporary_examine(file, false);
    if (result == 0)
        result = temporary_rename(file, file->name, 0);
    if (result < 0)
        return result;
    file->temporary[0] = '\0';
    file->own = file->id;
    (void)sys_flock(fd, LOCK_UN);
    return 0;
}

/* WRITER_RETRY: the name stands for an owner-only copy now, or somebody else's turn is over. */
int append_tighten(struct writer_file *file, int flags)
{
    int result = turn_wait(file);
    if (result < 0)
        return result;
    int source = existing_open(file, flags);
    if (source < 0)
        return source;
    int fd = begin_new(file, O_RDWR | O_CLOEXEC);
    if (fd < 0) {
        sys_close(source);
        return fd;
    }
    uint64_t copied;
    result = copy_to_new(file, source, fd, &copied);
    if (result == 0)
        result = put_in_place(file, source, fd, &copied);
    if (result == 0)
        result = drain(file, source, fd, copied);
    if (result == 0)
        result = directory_sync(file, fd);
    temporary_remove(file);
    sys_close(fd);
    sys_close(source);
    return result < 0 ? result : WRITER_RETRY;
}
