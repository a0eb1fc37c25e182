/*
 * From a path to the pending file that it stands for, if one does: contract 208.
 *
 * Programs that look at a name, or change what it stands for, ask here on their slow path: only a
 * process that has redirected an open ever takes it (next_disable_quick()).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SHIM_HOOKS_NAMES_H
#define OWNERONLY_SHIM_HOOKS_NAMES_H

#include "shim/base/proc.h"
#include "shim/hooks/match.h"
#include "shim/pending/names.h"
#include "shim/pending/pending.h"

/* The directory and last component of a path: what names are compared by. */
struct place {
    struct writer_id directory;
    const char *name;
};

/* False if no pending file can have that name, or its directory can't be reached.  errno is kept.
 */
bool names_locate(int dirfd, const char *path, struct place *place);

/*
 * The pending file of that name, whatever else stands there.  The view is to be closed.
 * errno is kept.
 */
bool names_find(int dirfd, const char *path, struct pending_view *view);

/* The same for a path like /proc/self/fd/N or /dev/stdout that stands for a descriptor of it. */
bool names_find_descriptor(int dirfd, const char *path, struct pending_view *view);

/* What a call that changes what stands under a name is to change. */
enum names_target {
    NAMES_PLAIN,   /* no pending file has the name: the plain call */
    NAMES_PENDING, /* nothing stands there, or a link that will be replaced */
    NAMES_BOTH     /* an old file stands there */
};

/* flags: AT_SYMLINK_NOFOLLOW if a link that stands there is itself what is meant. */
enum names_target names_target(int dirfd, const char *path, int flags, struct pending_view *view);

/* A path that stands for fd: for functions that have no form with a descriptor. */
struct names_path {
    char text[PROC_FD_PATH_SIZE];
};

static inline struct names_path names_path(int fd)
{
    struct names_path path;
    proc_fd_path(path.text, fd);
    return path;
}

/*
 * For a call that found nothing: is that because the file is pending?  Then its view, to be closed.
 * result: of the plain call.
 */
static inline bool names_missed(long result, int dirfd, const char *path, struct pending_view *view)
{
    return result < 0 && errno == ENOENT && names_find(dirfd, path, view);
}

/* Closes the view.  Returns result; errno becomes `saved` again where that is a success. */
long names_close(struct pending_view *view, long result, int saved);

/* Opens the pending file of that name to read it; or -1, and errno as it was. */
int names_open(int dirfd, const char *path, int flags);

/* The same for openat(2)'s answer to an open for reading; saved: errno as it was before that. */
static inline int names_opened(int fd, int dirfd, const char *path, int flags, int saved)
{
    int opened = fd >= 0 || errno != ENOENT ? fd : names_open(dirfd, path, flags);
    if (fd < 0 && opened >= 0)
        errno = saved;
    return opened;
}

/*
 * The file of the pending name at `place`, which was located before the call: `result` is that of
 * unlink(2), or of rename(2) onto the name.  It is dropped, and the call succeeds.
 */
long names_withdraw(const struct place *place, long result, int saved);

#endif
