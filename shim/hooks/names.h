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
    uint32_t namings; /* by when it was located: pending_namings() */
};

/*
 * The identity of what stands under the path; flags: as for fstatat(2).  False with errno set.
 * By name, since no descriptor may be free; and by the next function in line, since what changes
 * paths (a fake root) must see them.
 */
bool names_look_at(int dirfd, const char *path, int flags, struct writer_id *id);

/* Can the path's directory be reached?  If not, errno is what a call by that path would say. */
bool names_reach(int dirfd, const char *path);

/* False if no pending file can have that name, or its directory can't be reached.  errno is kept.
 */
bool names_locate(int dirfd, const char *path, struct place *place);

/* The same before a call that takes the name away: what another thread is just ending, ends first.
 */
bool names_locate_settled(int dirfd, const char *path, struct place *place);

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
 * A call that looks at a name.  It finds nothing where the file is pending, and then `missed` is
 * set, and the view is to be closed.  Another thread may end it after the call and before it is
 * looked for: then the call is to be made again.
 *
 *     struct names_look look = names_look();
 *     do
 *         result = NEXT(...);
 *     while (names_again(&look, result, dirfd, path));
 */
struct names_look {
    int saved;      /* errno as it was before */
    uint32_t ended; /* see pending_ended() */
    bool missed;
    struct pending_view view;
};

static inline struct names_look names_look(void)
{
    return (struct names_look){.saved = errno, .ended = pending_ended()};
}

/* After a call that found nothing: see names_again(). */
bool names_search(struct names_look *look, int dirfd, const char *path);

static inline bool names_again(struct names_look *look, long result, int dirfd, const char *path)
{
    return result < 0 && errno == ENOENT && names_search(look, dirfd, path);
}

/* Closes the view.  Returns result; errno becomes `saved` again where that is a success. */
long names_close(struct pending_view *view, long result, int saved);

/* Opens the view's file to read it, and closes the view; saved: as for names_close(). */
int names_open(struct pending_view *view, int flags, int saved);

/* openat(2)'s answer to an open for reading, which was fd: that of what is pending, if it is. */
static inline int names_opened(struct names_look *look, int fd, int flags)
{
    return look->missed ? names_open(&look->view, flags, look->saved) : fd;
}

/*
 * The file of the pending name at `place`, which was located before the call: `result` is that of
 * unlink(2), or of rename(2) onto the name.  It is dropped, and the call succeeds.
 */
long names_withdraw(const struct place *place, long result, int saved);

#endif
