/*
 * What the writer's own files share.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_WRITER_INTERNAL_H
#define OWNERONLY_WRITER_INTERNAL_H

#include "shim/writer/permissions.h"
#include "shim/writer/writer.h"

#define WRITER_PRIVATE_MODE 0600

/* Not an error: what stood under the name changed while it was looked at.  Look again. */
#define WRITER_RETRY (-ERESTART)

static inline int writer_refuse(struct writer_file *file, int error, const char *reason)
{
    file->reason = reason;
    return error;
}

/* directory.c: moves a descriptor out of the program's way, close-on-exec; consumes fd. */
int descriptor_move_high(int fd);

/* directory.c: the file's directory, reopened if the program closed it (201); -ESTALE. */
int directory_of(struct writer_file *file, int fd);

/* directory.c: does the kept descriptor still stand for the directory? */
bool directory_is_open(const struct writer_file *file);

/* directory.c: closes the kept descriptor, unless its number is the program's by now. */
void directory_drop(struct writer_file *file);

/* existing.c: may what stands under the name be replaced by this caller (109, 110)? */
int existing_may_be_replaced(struct writer_file *file, const struct statx *directory,
                             const struct statx *existing);

/* existing.c: the access of a plain open, and the old content into fd if it is to be kept. */
int existing_open(struct writer_file *file, int flags);
int existing_copy(int source, int fd);

/* in_place.c: contract 110, `in-place = allow`. */
int in_place_open(struct writer_file *file, int flags);

/* temporary.c: a descriptor of a new file under a hidden name, put into file->temporary. */
int temporary_create(struct writer_file *file, int flags);

/* temporary.c: gives the unnamed file behind fd a hidden name, put into file->temporary. */
int temporary_link(struct writer_file *file, int fd);

/* probe.c: what open_new() and the later steps would say, without a name. */
int probe_new(struct writer_file *file);

/* What kernels and file systems say that have no O_TMPFILE: open(2). */
static inline bool unnamed_is_unknown(int error)
{
    return error == -EOPNOTSUPP || error == -EISDIR || error == -EINVAL;
}

/* begin.c: writer_begin(), or writer_probe() if file->probes is set. */
int begin_file(struct writer_file *file, int directory, const char *name, int flags,
               const struct policy_rule *rule);

/*
 * symlink.c: contract 111; -errno, WRITER_RETRY when followed, 0 when it is to be replaced.  With
 * file->outcome WRITER_DEVICE, what it leads to is passed, and the result is its descriptor.
 */
int symlink_meet(struct writer_file *file, int flags);

/* temporary.c: links the unnamed file behind fd as `name` (205). */
int temporary_link_as(struct writer_file *file, int fd, const char *name);

/* content.c: contract 310. */
int content_check(struct writer_file *file, int fd, uint64_t size);

/* held.c: does another process have the file behind fd open for writing?  fd becomes read-only. */
bool held_by_others(int fd);

#endif
