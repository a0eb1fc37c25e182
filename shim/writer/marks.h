/*
 * Marks on a pending file: what one of its holders tells all others (306, 307, 309).
 *
 * They are on the inode, in bits of its mode: every holder reaches them, across fork(2), vfork(2)
 * and execve(2), nobody else sees them as long as the file has no name, and writes leave them
 * alone.  The sticky bit, which no rule grants, says that there is a mark; what the owner may then
 * do, which matters to nobody who has the file open, says which.  Nothing is ever granted to
 * others.
 *
 * Errno untouched, async-signal-safe.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SHIM_WRITER_MARKS_H
#define OWNERONLY_SHIM_WRITER_MARKS_H

#include "shim/writer/writer.h"

#include <sys/stat.h>

#define MARKS_BIT S_ISVTX

/* Of a holder that was killed by a signal in the middle of its work: the errno, and the words. */
#define MARKS_KILLED ECANCELED
#define MARKS_KILLED_REASON "a process that wrote it was killed by a signal"

/* The errno with which a file of this mode was condemned, or 0.  Rarer ones are read as EIO. */
int marks_error(mode_t mode);

/* Has its opener let go of it before it was whole, and left it to a guest (307)? */
static inline bool marks_left(mode_t mode)
{
    return (mode & (MARKS_BIT | S_IXUSR)) == (MARKS_BIT | S_IXUSR);
}

/* A pending file's mode as it would be without a mark: what a program is shown (208). */
static inline mode_t marks_hidden(mode_t mode)
{
    if (!(mode & MARKS_BIT))
        return mode;
    mode_t private_mode = S_IRUSR | S_IWUSR;
    return (mode & S_IFMT) | (marks_left(mode) ? mode & private_mode : private_mode);
}

/* What a marked file of mode `marked` is to get where the program asks for `mode`: it stays
 * marked. */
static inline mode_t marks_kept(mode_t marked, mode_t mode)
{
    if (!(marked & MARKS_BIT))
        return mode;
    return marks_left(marked) ? MARKS_BIT | S_IXUSR | (mode & (S_IRUSR | S_IWUSR)) : marked & 07777;
}

/*
 * Condemns the file behind fd; the first mark stays.  A file that has been published is left alone.
 * Returns 0, or -errno where the holder may not mark it: then nobody learns of it.
 */
int marks_condemn(const struct writer_file *file, int fd, int error);

/* Leaves the file behind fd, which has this mode, to its guests.  0 or -errno. */
int marks_leave(int fd, mode_t mode);

/*
 * Was the file behind fd left to its guests, and is the caller the last that can write it?  If so
 * the mark is taken away, and the file is the caller's to end.  fd may be read-only afterwards.
 */
bool marks_take(struct writer_file *file, int fd);

/* The same, whoever else can write it; fd stays as it is. */
bool marks_take_held(struct writer_file *file, int fd);

#endif
