/*
 * What the writer's own files share.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SHIM_WRITER_INTERNAL_H
#define OWNERONLY_SHIM_WRITER_INTERNAL_H

#include "shim/writer/permissions.h"
#include "shim/writer/writer.h"

#define WRITER_PRIVATE_MODE 0600

/* Of open(2)'s flags, those that fcntl(2) can set. */
#define WRITER_SETTABLE_FLAGS (O_APPEND | O_ASYNC | O_DIRECT | O_NOATIME | O_NONBLOCK)

/* Not an error: what stood under the name changed while it was looked at.  Look again. */
#define WRITER_RETRY (-ERESTART)

/* Not an error: the file is not whole, and a guest that writes it will publish it (307). */
#define WRITER_DEFERRED (-EINPROGRESS)

static inline int writer_refuse(struct writer_file *file, int error, const char *reason)
{
    file->reason = reason;
    return error;
}

/* The file that is written; while it has no name, no other host can have changed it. */
static inline int writer_look(const struct writer_file *file, int fd, struct statx *status)
{
    return file->temporary[0] ? sys_fstat(fd, status)
                              : sys_statx_timeless(fd, "", AT_EMPTY_PATH, status);
}

/* EINTR from close(2) counts as success with many callers, and the sync is not done yet. */
static inline int writer_sync(int fd)
{
    int result;
    do
        result = sys_fsync(fd);
    while (result == -EINTR);
    return result;
}

/* directory.c: the file's directory, reopened if the program closed it (201); -ESTALE. */
int directory_of(struct writer_file *file, int fd);

/* directory.c: does the kept descriptor still stand for the directory? */
bool directory_is_open(const struct writer_file *file);

/* directory.c: 0, or -errno where the rule wants the directory synced and it can't be opened. */
int directory_can_be_synced(struct writer_file *file);

/*
 * directory.c: a descriptor for fsync(2), which O_PATH is not good for; -EMFILE where none is free,
 * as a program may have it at its close.  Its whole file system is synced then, by any file's.
 */
int directory_open_to_sync(struct writer_file *file);

/* directory.c: opened is what directory_open_to_sync() said, fd is a file's in the directory. */
int directory_sync_opened(int opened, int fd);

/* directory.c: the same where the rule wants the directory, whose names changed, to be synced. */
int directory_sync(struct writer_file *file, int fd);

/* directory.c: closes the kept descriptor, unless its number is the program's by now. */
void directory_drop(struct writer_file *file);

/* existing.c: the answer of a plain open for writing (109); WRITER_RETRY. */
int existing_access(struct writer_file *file, const struct statx *existing, int flags);

/* existing.c: may what stands under the name be replaced by this caller (110)? */
int existing_may_be_replaced(struct writer_file *file, const struct statx *directory,
                             const struct statx *existing);

/* existing.c: the old content, a descriptor out of the program's way; WRITER_RETRY. */
int existing_open(struct writer_file *file, int flags);

/* existing.c: the regular file itself, as the program asked, for what writes in place;
   WRITER_RETRY. */
int existing_open_itself(struct writer_file *file, int access, int flags);

/* sticky.c: would open(2) refuse this in a sticky directory: 0, or -EACCES (109)? */
int sticky_refuses(const struct statx *directory, const struct statx *existing, int flags);

/* sticky.c: would rename(2) refuse to replace it there (110)? */
bool sticky_keeps(const struct statx *directory, const struct statx *existing);

/* copy.c: the content of source into fd, which is empty, and which version of it that was. */
int copy_content(struct writer_version *version, int source, int fd);

/* copy.c: as much as *status says. */
int copy_as_it_is(int source, int fd, const struct statx *status);

/* copy.c: bytes begin to end; both offsets move. */
int copy_range(int source, int fd, uint64_t begin, uint64_t end);

/* copy.c: 0 if file->copied is what the name stands for, else -errno. */
int copy_examine(struct writer_file *file);

/* in_place.c: contract 110, `in-place = allow` and `always`; creates where nothing stands. */
int in_place_open(struct writer_file *file, int flags);
int in_place_create(struct writer_file *file, int flags);
int in_place_probe(struct writer_file *file, int flags);

/* in_place.c: is `error` one for which `in-place = allow` was written? */
bool in_place_is_for(const struct writer_file *file, int error);

/* append.c: contract 112. */
bool append_is_in_place(const struct policy_rule *rule, int flags);
bool append_is_tight(const struct writer_file *file, const struct statx *existing);
int append_open(struct writer_file *file, int flags);
int append_tighten(struct writer_file *file, int flags);

/* What kernels and file systems say that have no O_TMPFILE: open(2). */
static inline bool unnamed_is_unknown(int error)
{
    return error == -EOPNOTSUPP || error == -EISDIR || error == -EINVAL;
}

/* begin.c: an owner-only file for reading and writing, or as asked, and file->id. */
int begin_new(struct writer_file *file, int flags);

/*
 * symlink.c: contract 111; -errno, WRITER_RETRY when followed, PLAN_DEVICE (plan.h) when it leads
 * to no regular file, 0 when it is to be replaced.
 */
int symlink_meet(struct writer_file *file, const struct statx *directory,
                 const struct statx *existing, int flags);

/* symlink.c: what a link leads to that symlink_meet() called PLAN_DEVICE. */
int symlink_open_special(struct writer_file *file, int flags);

/* host.c: who shares locks with us on this device; false where that cannot be known. */
bool host_id(uint32_t device_major, uint32_t device_minor, uint64_t *id);

/* content.c: contract 310, and 307: 0, -EBADMSG, WRITER_DEFERRED, or -errno. */
int content_check(struct writer_file *file, int fd, const struct statx *status);

/* held.c: has another process the file behind fd open for writing?  fd is read-only afterwards. */
bool held_by_others(int fd);

/* held.c: the same of any process; fd is read-only before.  0: none has; -EAGAIN: one has. */
int held_for_writing(int fd);

#endif
