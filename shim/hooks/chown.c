/*
 * Hooks of chown(2), utimensat(2) and their kin: owner and times of a name that is pending (208).
 *
 * By descriptor these calls need no hook: they change the pending file.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/hooks/change.h"

#include <unistd.h>

DEFINE_CHANGE(chown, (const char *path, uid_t owner, gid_t group), (path, owner, group), AT_FDCWD,
              0, fchown(view.fd, owner, group))
DEFINE_CHANGE(lchown, (const char *path, uid_t owner, gid_t group), (path, owner, group), AT_FDCWD,
              AT_SYMLINK_NOFOLLOW, fchown(view.fd, owner, group))
DEFINE_CHANGE(fchownat, (int dirfd, const char *path, uid_t owner, gid_t group, int flags),
              (dirfd, path, owner, group, flags), dirfd, flags, fchown(view.fd, owner, group))

/* The old file has the new times by now, if there is one. */
static void touched(enum names_target target, const struct pending_view *view)
{
    if (target == NAMES_BOTH)
        pending_touched(view);
}

#define TIMES(call) (touched(target, &view), call)

DEFINE_CHANGE(utime, (const char *path, const struct utimbuf *times), (path, times), AT_FDCWD, 0,
              TIMES(NEXT(utime)(own.text, times)))
DEFINE_CHANGE(utimes, (const char *path, const struct timeval times[2]), (path, times), AT_FDCWD, 0,
              TIMES(NEXT(utimes)(own.text, times)))
DEFINE_CHANGE(lutimes, (const char *path, const struct timeval times[2]), (path, times), AT_FDCWD,
              AT_SYMLINK_NOFOLLOW, TIMES(NEXT(utimes)(own.text, times)))
DEFINE_CHANGE(futimesat, (int dirfd, const char *path, const struct timeval times[2]),
              (dirfd, path, times), dirfd, 0, TIMES(NEXT(utimes)(own.text, times)))
DEFINE_CHANGE(utimensat, (int dirfd, const char *path, const struct timespec times[2], int flags),
              (dirfd, path, times, flags), dirfd, flags, TIMES(futimens(view.fd, times)))

#if defined(__GLIBC__) && __WORDSIZE == 32
DEFINE_CHANGE(__utime64, (const char *path, const void *times), (path, times), AT_FDCWD, 0,
              TIMES(NEXT(__utime64)(own.text, times)))
DEFINE_CHANGE(__utimes64, (const char *path, const void *times), (path, times), AT_FDCWD, 0,
              TIMES(NEXT(__utimes64)(own.text, times)))
DEFINE_CHANGE(__lutimes64, (const char *path, const void *times), (path, times), AT_FDCWD,
              AT_SYMLINK_NOFOLLOW, TIMES(NEXT(__utimes64)(own.text, times)))
DEFINE_CHANGE(__futimesat64, (int dirfd, const char *path, const void *times), (dirfd, path, times),
              dirfd, 0, TIMES(NEXT(__utimes64)(own.text, times)))
DEFINE_CHANGE(__utimensat64, (int dirfd, const char *path, const void *times, int flags),
              (dirfd, path, times, flags), dirfd, flags,
              TIMES(NEXT(__utimensat64)(AT_FDCWD, own.text, times, 0)))
#endif
