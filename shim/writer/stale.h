/*
 * Hidden names that dead processes left behind: for who begins the same target next, and for audit.
 *
 * Async-signal-safe, errno untouched.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SHIM_WRITER_STALE_H
#define OWNERONLY_SHIM_WRITER_STALE_H

#include <stdbool.h>

enum writer_stale {
    WRITER_NOT_TEMPORARY, /* no name that a writer gives, or no regular file */
    WRITER_IN_USE,        /* a living writer's */
    WRITER_STALE,         /* left by a process of this host that died */
    WRITER_FOREIGN,       /* of another host, another mount or an earlier boot: nobody can tell */
    WRITER_REMOVED,
    WRITER_REMOVED_FOREIGN
};

/*
 * What `name` in `directory` is.  remove: what WRITER_STALE and WRITER_FOREIGN stand for is taken
 * away.  If a host that lives used the foreign name, its publish fails, and says so.
 * Returns one of enum writer_stale, or -errno where that cannot be told or done.
 */
int writer_stale(int directory, const char *name, bool remove);

#endif
