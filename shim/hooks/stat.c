/*
 * Hooks of stat(2) and its kin: a pending file is seen under its name, and its descriptor looks
 * like that name (208).
 *
 * Programs compare the two, to learn whether they are about to read the file that they write (cat,
 * tar, split), or whether somebody has replaced it (vim, mailbox).  So device, inode and link count
 * of what stands under the name are shown for both; where nothing does, the pending file's own,
 * with one link.  Size, mode and times are always its own, but for the marks in its mode, and for
 * what the open that made it asked for (403).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/hooks/hook.h"
#include "shim/hooks/names.h"
#include "shim/writer/marks.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

/* What stands under the view's name, links followed as stat(2) does; false if nothing does. */
static bool stands(const struct pending_view *view, struct statx *status)
{
    return view->directory >= 0 && sys_statx(view->directory, view->name, 0, status) == 0;
}

/* Without marks, and no wider than the program asked for when it made the file: the file itself
 * gets that mode when it is published. */
static mode_t shown_mode(mode_t mode, const struct pending_view *view)
{
    return marks_hidden(mode) & (S_IFMT | view->asked_mode);
}

/* For struct stat in all its layouts, and for struct statx. */
#define SHOW_AS_NAMED(status, view)                                                                \
    do {                                                                                           \
        struct statx named_;                                                                       \
        (status)->st_mode = shown_mode((status)->st_mode, view);                                   \
        if (stands(view, &named_)) {                                                               \
            (status)->st_dev = makedev(named_.stx_dev_major, named_.stx_dev_minor);                \
            (status)->st_ino = (__typeof__((status)->st_ino))named_.stx_ino;                       \
            (status)->st_nlink = named_.stx_nlink;                                                 \
        } else if ((status)->st_nlink == 0) {                                                      \
            (status)->st_nlink = 1;                                                                \
        }                                                                                          \
    } while (0)

static void show_as_named_x(struct statx *status, const struct pending_view *view)
{
    struct statx named;
    status->stx_mode = (uint16_t)shown_mode(status->stx_mode, view);
    if (stands(view, &named)) {
        status->stx_dev_major = named.stx_dev_major;
        status->stx_dev_minor = named.stx_dev_minor;
        status->stx_ino = named.stx_ino;
        status->stx_nlink = named.stx_nlink;
    } else if (status->stx_nlink == 0) {
        status->stx_nlink = 1;
    }
}

/*
 * The view of a file without a name that was reached in another way than by its descriptor: by
 * /proc/self/fd/N, or by a descriptor that was opened to read it.
 */
static bool find_unnamed(mode_t mode, uint64_t links, uint32_t major_number, uint32_t minor_number,
                         uint64_t inode, struct pending_view *view)
{
    struct writer_id id = {
        .inode = inode, .device_major = major_number, .device_minor = minor_number};
    return links == 0 && S_ISREG(mode) && pending_view_id(&id, view);
}

#define FIND_UNNAMED(status, view)                                                                 \
    find_unnamed((status)->st_mode, (status)->st_nlink, major((status)->st_dev),                   \
                 minor((status)->st_dev), (status)->st_ino, view)

/* A call by name; by_descriptor: the same of view->fd. */
#define DEFINE_STAT(name, parameters, arguments, dirfd, by_descriptor)                             \
    SLOW static int name##_slow parameters                                                         \
    {                                                                                              \
        struct names_look look = names_look();                                                     \
        struct pending_view *view = &look.view;                                                    \
        int result;                                                                                \
        do                                                                                         \
            result = NEXT(name) arguments;                                                         \
        while (names_again(&look, result, dirfd, path));                                           \
        if (look.missed)                                                                           \
            result = by_descriptor;                                                                \
        else if (result < 0 || !FIND_UNNAMED(status, view))                                        \
            return result;                                                                         \
        if (result == 0)                                                                           \
            SHOW_AS_NAMED(status, view);                                                           \
        return (int)names_close(view, result, look.saved);                                         \
    }                                                                                              \
    DEFINE_QUICK(int, name, parameters, arguments)

#define DEFINE_FSTAT(name, parameters, arguments)                                                  \
    SLOW static int name##_slow parameters                                                         \
    {                                                                                              \
        int saved = errno;                                                                         \
        struct pending_view view;                                                                  \
        int result = NEXT(name) arguments;                                                         \
        if (result < 0 || !(pending_view_fd(fd, &view) || FIND_UNNAMED(status, &view)))            \
            return result;                                                                         \
        SHOW_AS_NAMED(status, &view);                                                              \
        return (int)names_close(&view, result, saved);                                             \
    }                                                                                              \
    DEFINE_QUICK(int, name, parameters, arguments)

/* Is it dirfd itself that is meant?  Linux 6.11 takes NULL for the empty path. */
static bool is_descriptor(const char *path, int flags)
{
    return (flags & AT_EMPTY_PATH) && (is_null(path) || *path == '\0');
}

/* A call by name, or by descriptor with AT_EMPTY_PATH. */
#define DEFINE_STATAT(name, parameters, arguments, by_descriptor)                                  \
    SLOW static int name##_slow parameters                                                         \
    {                                                                                              \
        struct names_look look = names_look();                                                     \
        struct pending_view *view = &look.view;                                                    \
        int result;                                                                                \
        do                                                                                         \
            result = NEXT(name) arguments;                                                         \
        while (names_again(&look, result, dirfd, path));                                           \
        if (look.missed)                                                                           \
            result = by_descriptor;                                                                \
        else if (result < 0 || !((is_descriptor(path, flags) && pending_view_fd(dirfd, view)) ||   \
                                 FIND_UNNAMED(status, view)))                                      \
            return result;                                                                         \
        if (result == 0)                                                                           \
            SHOW_AS_NAMED(status, view);                                                           \
        return (int)names_close(view, result, look.saved);                                         \
    }                                                                                              \
    DEFINE_QUICK(int, name, parameters, arguments)

DEFINE_STAT(stat, (const char *path, struct stat *status), (path, status), AT_FDCWD,
            NEXT(fstat)(view->fd, status))
DEFINE_STAT(lstat, (const char *path, struct stat *status), (path, status), AT_FDCWD,
            NEXT(fstat)(view->fd, status))
DEFINE_FSTAT(fstat, (int fd, struct stat *status), (fd, status))
DEFINE_STATAT(fstatat, (int dirfd, const char *path, struct stat *status, int flags),
              (dirfd, path, status, flags), NEXT(fstat)(view->fd, status))
DEFINE_STAT(stat64, (const char *path, stat64_type *status), (path, status), AT_FDCWD,
            NEXT(fstat64)(view->fd, status))
DEFINE_STAT(lstat64, (const char *path, stat64_type *status), (path, status), AT_FDCWD,
            NEXT(fstat64)(view->fd, status))
DEFINE_FSTAT(fstat64, (int fd, stat64_type *status), (fd, status))
DEFINE_STATAT(fstatat64, (int dirfd, const char *path, stat64_type *status, int flags),
              (dirfd, path, status, flags), NEXT(fstat64)(view->fd, status))

#ifdef __GLIBC__
DEFINE_STAT(__xstat, (int version, const char *path, struct stat *status), (version, path, status),
            AT_FDCWD, NEXT(__fxstat)(version, view->fd, status))
DEFINE_STAT(__lxstat, (int version, const char *path, struct stat *status), (version, path, status),
            AT_FDCWD, NEXT(__fxstat)(version, view->fd, status))
DEFINE_FSTAT(__fxstat, (int version, int fd, struct stat *status), (version, fd, status))
DEFINE_STATAT(__fxstatat,
              (int version, int dirfd, const char *path, struct stat *status, int flags),
              (version, dirfd, path, status, flags), NEXT(__fxstat)(version, view->fd, status))
DEFINE_STAT(__xstat64, (int version, const char *path, stat64_type *status),
            (version, path, status), AT_FDCWD, NEXT(__fxstat64)(version, view->fd, status))
DEFINE_STAT(__lxstat64, (int version, const char *path, stat64_type *status),
            (version, path, status), AT_FDCWD, NEXT(__fxstat64)(version, view->fd, status))
DEFINE_FSTAT(__fxstat64, (int version, int fd, stat64_type *status), (version, fd, status))
DEFINE_STATAT(__fxstatat64,
              (int version, int dirfd, const char *path, stat64_type *status, int flags),
              (version, dirfd, path, status, flags), NEXT(__fxstat64)(version, view->fd, status))
#endif

#if defined(__GLIBC__) && __WORDSIZE == 32
DEFINE_STAT(__stat64_time64, (const char *path, struct stat_time64 *status), (path, status),
            AT_FDCWD, NEXT(__fstat64_time64)(view->fd, status))
DEFINE_STAT(__lstat64_time64, (const char *path, struct stat_time64 *status), (path, status),
            AT_FDCWD, NEXT(__fstat64_time64)(view->fd, status))
DEFINE_FSTAT(__fstat64_time64, (int fd, struct stat_time64 *status), (fd, status))
DEFINE_STATAT(__fstatat64_time64,
              (int dirfd, const char *path, struct stat_time64 *status, int flags),
              (dirfd, path, status, flags), NEXT(__fstat64_time64)(view->fd, status))
#endif

SLOW static int statx_slow(int dirfd, const char *path, int flags, unsigned mask,
                           struct statx *status)
{
    struct names_look look = names_look();
    struct pending_view *view = &look.view;
    int result;
    do
        result = NEXT(statx)(dirfd, path, flags, mask, status);
    while (names_again(&look, result, dirfd, path));
    if (look.missed)
        result = NEXT(statx)(view->fd, "", flags | AT_EMPTY_PATH, mask, status);
    else if (result < 0 ||
             !((is_descriptor(path, flags) && pending_view_fd(dirfd, view)) ||
               find_unnamed(status->stx_mode, status->stx_nlink, status->stx_dev_major,
                            status->stx_dev_minor, status->stx_ino, view)))
        return result;
    if (result == 0)
        show_as_named_x(status, view);
    return (int)names_close(view, result, look.saved);
}

DEFINE_QUICK(int, statx,
             (int dirfd, const char *path, int flags, unsigned mask, struct statx *status),
             (dirfd, path, flags, mask, status))
