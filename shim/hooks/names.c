/*
 * From a path to a pending file.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/hooks/names.h"
#include "shim/base/path.h"
#include "shim/hooks/next.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

/* A name that ends with a slash stands for a directory. */
static const char *last_component(const char *path)
{
    return path_name(path, strlen(path));
}

bool names_look_at(int dirfd, const char *path, int flags, struct writer_id *id)
{
    stat64_type status;
    if (NEXT(fstatat64)(dirfd, path, &status, flags) < 0)
        return false;
    *id = (struct writer_id){status.st_ino, major(status.st_dev), minor(status.st_dev)};
    return true;
}

static bool look_at_directory(int dirfd, const char *path, const char *name, struct writer_id *id)
{
    char directory[PATH_MAX];
    int result = path_directory(path, name, directory);
    if (result == 0)
        return names_look_at(dirfd, directory, 0, id);
    errno = -result;
    return false;
}

bool names_reach(int dirfd, const char *path)
{
    struct writer_id id;
    const char *name = is_null(path) ? "" : last_component(path);
    return path_name_is_directory(name) || look_at_directory(dirfd, path, name, &id);
}

bool names_locate(int dirfd, const char *path, struct place *place)
{
    if (!pending_ever() || is_null(path))
        return false;
    place->name = last_component(path);
    if (!pending_may_be_named(place->name))
        return false;
    int saved = errno;
    bool found = look_at_directory(dirfd, path, place->name, &place->directory);
    errno = saved;
    place->namings = pending_namings();
    return found;
}

bool names_locate_settled(int dirfd, const char *path, struct place *place)
{
    bool located = names_locate(dirfd, path, place);
    if (located) {
        pending_await(&place->directory, place->name);
        place->namings = pending_namings();
    }
    return located;
}

static bool find_named(int dirfd, const char *path, struct pending_view *view)
{
    struct place place;
    return names_locate(dirfd, path, &place) &&
           pending_view_named(&place.directory, place.name, view);
}

/* A link that an open has followed leads to what is pending (111). */
SLOW static bool find_behind_links(int dirfd, const char *path, struct pending_view *view)
{
    char name[NAME_MAX + 1];
    struct match match = {.name = last_component(path), .directory = -1};
    int saved = errno;
    bool found = false;
    if (strlen(match.name) > NAME_MAX || !match_open_directory(&match, dirfd, path)) {
        errno = saved;
        return false;
    }
    strcpy(name, match.name);
    for (int links = 0; links < WRITER_LINKS_MAX && !found; links++) {
        struct statx status;
        int next = writer_follow(match.directory, name);
        if (next < 0)
            break;
        sys_close(match.directory);
        match.directory = next;
        if (!pending_may_be_named(name) || sys_fstat(next, &status) < 0)
            continue;
        struct writer_id id = writer_id_of(&status);
        found = pending_view_named(&id, name, view);
    }
    match_close(&match);
    errno = saved;
    return found;
}

bool names_find(int dirfd, const char *path, struct pending_view *view)
{
    return find_named(dirfd, path, view) ||
           (pending_follows && !is_null(path) && find_behind_links(dirfd, path, view));
}

bool names_search(struct names_look *look, int dirfd, const char *path)
{
    look->missed = names_find(dirfd, path, &look->view);
    uint32_t ended = pending_ended();
    bool again = !look->missed && ended != look->ended;
    look->ended = ended;
    return again;
}

/* The number that a path like /proc/self/fd/N ends with, or -1. */
static int descriptor_of(const char *path)
{
    static const char *const standard[] = {"/dev/stdin", "/dev/stdout", "/dev/stderr"};
    for (int fd = 0; fd < 3; fd++)
        if (strcmp(path, standard[fd]) == 0)
            return fd;
    const char *name = last_component(path);
    int fd = 0;
    for (const char *c = name; *c; c++) {
        if (*c < '0' || *c > '9' || fd >= PENDING_FD_MAX)
            return -1;
        fd = fd * 10 + (*c - '0');
    }
    return *name ? fd : -1;
}

/* Do path and the view stand for one file? */
static bool is_same(int dirfd, const char *path, const struct pending_view *view)
{
    int saved = errno;
    int fd = NEXT(openat)(dirfd, path, O_PATH | O_CLOEXEC);
    errno = saved;
    struct statx status;
    bool same = fd >= 0 && sys_fstat(fd, &status) == 0 && writer_id_matches(&view->id, &status);
    if (fd >= 0)
        sys_close(fd);
    return same;
}

bool names_find_descriptor(int dirfd, const char *path, struct pending_view *view)
{
    if (!pending_ever() || is_null(path))
        return false;
    int fd = descriptor_of(path);
    if (fd < 0 || !pending_view_fd(fd, view))
        return false;
    if (is_same(dirfd, path, view))
        return true;
    pending_view_close(view);
    return false;
}

enum names_target names_target(int dirfd, const char *path, int flags, struct pending_view *view)
{
    if (names_find_descriptor(dirfd, path, view))
        return NAMES_PENDING;
    if (!(flags & AT_SYMLINK_NOFOLLOW ? find_named : names_find)(dirfd, path, view))
        return NAMES_PLAIN;
    struct statx status;
    int result = view->directory < 0
                     ? -ESTALE
                     : sys_statx(view->directory, view->name, AT_SYMLINK_NOFOLLOW, &status);
    if (result < 0)
        return NAMES_PENDING;
    if (!S_ISLNK(status.stx_mode)) {
        view->stands_copied = writer_is_version(&view->copied, &status);
        return NAMES_BOTH;
    }
    if (!(flags & AT_SYMLINK_NOFOLLOW))
        return NAMES_PENDING;
    pending_view_close(view);
    return NAMES_PLAIN;
}

long names_close(struct pending_view *view, long result, int saved)
{
    pending_view_close(view);
    if (result >= 0)
        errno = saved;
    return result;
}

/* A link in /proc is what leads there, so none may be forbidden. */
int names_open(struct pending_view *view, int flags, int saved)
{
    struct names_path own = names_path(view->fd);
    int fd = NEXT(openat)(AT_FDCWD, own.text, flags & ~(O_NOFOLLOW | O_CREAT));
    return (int)names_close(view, fd, saved);
}

long names_withdraw(const struct place *place, long result, int saved)
{
    if (result < 0 && errno != ENOENT)
        return result;
    if (!pending_withdraw(&place->directory, place->name, place->namings))
        return result;
    errno = saved;
    return 0;
}
