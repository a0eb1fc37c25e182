/*
 * What the hooks of rename(2) and link(2) do before and after the call, for syscall(2) to do it,
 * too.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SHIM_HOOKS_RENAME_H
#define OWNERONLY_SHIM_HOOKS_RENAME_H

#include "shim/hooks/names.h"
#include "shim/writer/permissions.h"

/* A file on its way to a protected name, cut to the rule's mode and ACL (401). */
struct arrival {
    int fd; /* of the file, or -1 where nothing was done to it */
    bool owned;
    struct permissions_saved saved;
};

/* One call that gives `from` the name `to`. */
struct move {
    int from_dir;
    const char *from;
    int to_dir;
    const char *to;
    unsigned flags;        /* of renameat2(2): RENAME_ */
    bool links;            /* link(2): `from` stays */
    int link_flags;        /* of linkat(2): AT_EMPTY_PATH, AT_SYMLINK_FOLLOW */
    bool replaces_pending; /* what is pending under `to`, at `place`, is about to lose its name */
    struct place place;
    bool leaves_pending; /* what is pending under `from`, at `left`, will have lost its name */
    struct place left;
    struct arrival arrival;
    struct arrival exchanged; /* the other way, with RENAME_EXCHANGE */
};

/* May the call be made?  False with errno set; otherwise move_end() is to be called with its
 * result.
 */
bool move_begin(struct move *move);

/* Whatever was done for a call that failed is undone.  Returns result; errno is kept. */
long move_end(struct move *move, long result);

#endif
