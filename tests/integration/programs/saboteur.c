/*
 * A preload that breaks what the library must keep, for controls: an assertion that holds with it
 * and without any library may be one that can't fail (tests/controls.sh).
 *
 * SABOTAGE=lose: what is opened for writing is a file without a name, so that nothing arrives.
 * SABOTAGE=replace: the name is removed first, so that links end, and what is made there is 0600,
 * as is every regular file that is opened for reading.
 * SABOTAGE_BELOW: the real path of the directory that all of this is confined to.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#pragma GCC visibility push(default)

/* The directory that a relative path starts from; false if it can't be told. */
static int start_of(int dirfd, char *directory, size_t size)
{
    char link[64];
    if (dirfd == AT_FDCWD)
        return getcwd(directory, size) != NULL;
    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", dirfd);
    ssize_t length = readlink(link, directory, size - 1);
    if (length < 0)
        return 0;
    directory[length] = '\0';
    return 1;
}

/* Is the path's directory, links followed, below the one that may be harmed?  In doubt it is not.
 */
static int may_be_harmed(int dirfd, const char *path)
{
    char start[PATH_MAX] = "/", whole[2 * PATH_MAX], directory[PATH_MAX];
    const char *below = getenv("SABOTAGE_BELOW");
    size_t length = below ? strlen(below) : 0;
    if (length < 2 || (*path != '/' && !start_of(dirfd, start, sizeof start)) ||
        snprintf(whole, sizeof whole, "%s/%s", start, path) >= (int)sizeof whole)
        return 0;
    *strrchr(whole, '/') = '\0';
    return realpath(whole, directory) && strncmp(directory, below, length) == 0 &&
           (directory[length] == '/' || directory[length] == '\0');
}

/* A file without a name, by the number that nobody else has.  Not /dev/null: root's program that
 * sets the mode of its file would set that one's. */
static const char *nameless(void)
{
    static char path[32];
    int fd = *path ? -1 : memfd_create("lost", MFD_CLOEXEC);
    if (fd >= 0) {
        (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fcntl(fd, F_DUPFD_CLOEXEC, 900));
        (void)close(fd);
    }
    return path;
}

/* The path to open instead. */
static const char *spoil(int dirfd, const char *path, int writes)
{
    const char *sabotage = getenv("SABOTAGE");
    struct stat status;
    if (!sabotage || !path || !may_be_harmed(dirfd, path))
        return path;
    if (strcmp(sabotage, "lose") == 0)
        return writes ? nameless() : path;
    if (writes)
        (void)unlinkat(dirfd, path, 0);
    else if (fstatat(dirfd, path, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(status.st_mode) &&
             !(status.st_mode & 0111))
        (void)fchmodat(dirfd, path, 0600, 0);
    return path;
}

static int open_spoiled(int dirfd, const char *path, int flags, mode_t mode)
{
    static int (*next)(int, const char *, int, ...);
    if (!next)
        next = (int (*)(int, const char *, int, ...))dlsym(RTLD_NEXT, "openat64");
    int writes = (flags & O_ACCMODE) != O_RDONLY;
    if (writes && getenv("SABOTAGE"))
        mode &= 0600;
    return next(dirfd, spoil(dirfd, path, writes), flags & ~O_EXCL, mode);
}

#define DEFINE_OPEN(name)                                                                          \
    int name(const char *path, int flags, ...)                                                     \
    {                                                                                              \
        va_list list;                                                                              \
        va_start(list, flags);                                                                     \
        mode_t mode = va_arg(list, mode_t);                                                        \
        va_end(list);                                                                              \
        return open_spoiled(AT_FDCWD, path, flags, mode);                                          \
    }

#define DEFINE_OPENAT(name)                                                                        \
    int name(int dirfd, const char *path, int flags, ...)                                          \
    {                                                                                              \
        va_list list;                                                                              \
        va_start(list, flags);                                                                     \
        mode_t mode = va_arg(list, mode_t);                                                        \
        va_end(list);                                                                              \
        return open_spoiled(dirfd, path, flags, mode);                                             \
    }

#define DEFINE_FOPEN(name)                                                                         \
    FILE *name(const char *path, const char *mode)                                                 \
    {                                                                                              \
        FILE *(*next)(const char *, const char *) =                                                \
            (FILE * (*)(const char *, const char *)) dlsym(RTLD_NEXT, #name);                      \
        return next(spoil(AT_FDCWD, path, *mode != 'r' || strchr(mode, '+') != NULL), mode);       \
    }

DEFINE_OPEN(open)
DEFINE_OPEN(open64)
DEFINE_OPENAT(openat)
DEFINE_OPENAT(openat64)
DEFINE_FOPEN(fopen)
DEFINE_FOPEN(fopen64)
