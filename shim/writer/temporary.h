/*
 * Hidden names, for the writer's own files: how they are made and read, given and taken away.
 *
 * A name follows from the target's and from the host's, so that whoever writes the same target next
 * on this host meets what a killed process left there, and removes it; and hosts that share the
 * file system never meet.  A lock (flock(2)) tells the living from the dead: it is taken before the
 * name appears, or confirmed afterwards, and the kernel drops it with the process.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SHIM_WRITER_TEMPORARY_H
#define OWNERONLY_SHIM_WRITER_TEMPORARY_H

#include "shim/writer/internal.h"

/* Writers of one target at one moment that get a name which a later writer will look at. */
#define TEMPORARY_SLOTS 8
/* And, when all slots are taken, names that nobody can have planted beforehand. */
#define TEMPORARY_ATTEMPTS (TEMPORARY_SLOTS + 8)

/* temporary_name.c: the name of an attempt, 0 to TEMPORARY_ATTEMPTS - 1: 0, or -errno. */
int temporary_name(const struct writer_file *file, int attempt, char name[WRITER_TEMPORARY_SIZE]);

/* temporary_name.c: the one name that stands for a turn (turn.c); -EACCES without a host's id. */
int temporary_turn_name(const struct writer_file *file, char name[WRITER_TEMPORARY_SIZE]);

/*
 * temporary_name.c: is it a name of these two, or of the library's first version, which named no
 * host?  *host is 0 then.
 */
bool temporary_is_name(const char *name, uint64_t *host);

/* temporary.c: a descriptor of a new file under a hidden name, put into file->temporary. */
int temporary_create(struct writer_file *file, int flags);

/* temporary.c: gives the unnamed file behind fd a hidden name, put into file->temporary. */
int temporary_link(struct writer_file *file, int fd);

/* temporary.c: links the unnamed file behind fd as `name` (205). */
int temporary_link_as(struct writer_file *file, int fd, const char *name);

/* temporary.c: does `name` stand for this file? */
bool temporary_is_at(int directory, const char *name, const struct statx *file);

/* temporary.c: 0 if file->temporary, which may be a new name, stands for the file itself, else
 * -errno. */
int temporary_examine(struct writer_file *file, bool is_new);

/*
 * temporary.c: file->temporary becomes, or gets as a second one, the name `name`: 0, or -errno.  0
 * also where the call failed, and `name` stands for the file: NFS fails so when it did the call,
 * its answer was lost, and the client asked again (BUGS of rename(2) and link(2)).
 */
int temporary_rename(const struct writer_file *file, const char *name, unsigned flags);
int temporary_link_to(const struct writer_file *file, const char *name);

/* temporary.c: removes file->temporary, if there is one. */
void temporary_remove(struct writer_file *file);

/*
 * stale.c: a descriptor of what a dead process left under `name`, with its lock held.  owner: NULL
 * for anybody's.  -errno: -EAGAIN if a living one holds the lock, -EPERM if it is no file of
 * `owner`, -ESTALE if the name got another file meanwhile.
 */
int stale_hold(int directory, const char *name, const uid_t *owner);

/*
 * stale.c: removes `name` if a dead process of this user left it; true if nothing has the name now.
 * Only the holder of the lock on the very file that the name stands for may unlink it: two removers
 * cannot both hold it, so neither removes the name that the other has just given to a new file.
 */
bool stale_remove(int directory, const char *name);

/*
 * turn.c: gives the file behind fd, hidden or unnamed, the turn's name, put into file->temporary.
 * 0; WRITER_RETRY if another process has the turn; or -errno.
 */
int turn_take(struct writer_file *file, int fd);

/* turn.c: 0 if nobody has the turn; WRITER_RETRY once another process's is over; or -errno. */
int turn_wait(struct writer_file *file);

#endif
