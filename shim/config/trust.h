/*
 * Who could have put a file at its path, or can put another one there?  (502, 505)
 *
 * As sshd's StrictModes does for authorized_keys: the file and every directory on its real path
 * belong to root or to the caller, and neither group nor others may write to them.  Links on the
 * way are looked at as well, since whoever owns one says where it leads.
 *
 * StrictModes makes no exception for sticky directories, so nothing below /tmp would do.  Here as
 * there, no file and no link that lies *directly* in a directory that others may write to will do;
 * but a directory of root's or the caller's own in a sticky one will: nobody else can have made it,
 * linked it there, moved it there (rename(2) wants write permission on a directory that gets
 * another parent), or take it away.
 *
 * In a user namespace where real root has no id, its files show the overflow id, as those of all
 * strangers do.  There, what the caller may not write counts as root's, unless it lies directly in
 * a directory that others may write to.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SHIM_CONFIG_TRUST_H
#define OWNERONLY_SHIM_CONFIG_TRUST_H

#include "policy/base/text.h"
#include "shim/base/sys.h"

#include <limits.h>
#include <stddef.h>

/* Large: for mmap(2). */
struct trust {
    /* The result: the real path and NULL, or the path of what is wrong, what it is, and for one
     * that can't be followed the error, positive. */
    char path[PATH_MAX];
    const char *problem;
    int error;
    bool exists;         /* what stands at the end, and */
    struct statx status; /* its status */
    /* Of the walk. */
    size_t length; /* of path */
    bool is_open;  /* others may make names in this directory */
    unsigned links;
    bool root_was_asked;
    bool root_is_overflowed;
    uid_t root; /* real root's id, as seen from here */
    char rest[PATH_MAX];
    char link[PATH_MAX];
};

enum trust_kind {
    TRUST_POLICY, /* is there, and nobody else may write to it */
    TRUST_LOG     /* may not be there yet, and may be for others to write to as well */
};

/*
 * Follows path, which is absolute, for the caller (the effective user).  True if it is good.
 * Needs no /proc, unless it meets an owner that is neither 0 nor the caller.
 */
bool trust_walk(struct trust *trust, const char *path, enum trust_kind kind);

/* What is wrong with the path that was walked, to be read behind it. */
void trust_problem(const struct trust *trust, const char *path, struct text *problem);

#endif
