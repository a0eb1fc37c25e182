/*
 * A preload that breaks what the library must keep, for controls: an assertion that holds with it
 * and without any library may be one that can't fail (tests/controls.sh).
 *
 * SABOTAGE=lose: what is opened for writing is a file without a name, and what stood there is gone;
 * nothing arrives by a rename or a link.
 * SABOTAGE=replace: the name is removed first, so that links end, and what is made there is 0600,
 * as is every regular file that is opened for reading, and what is renamed or linked.
 * SABOTAGE=fail: opening for writing, renaming and linking fail.
 * SABOTAGE=leave: at the end there is a file wherever one was opened for writing, open to all.  In
 * it, in the log and on standard error stands what SABOTAGE_SAYS says: what must not be there.
 * SABOTAGE_BELOW: the real paths of the directories that all of this is confined to, by colons.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
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

/* Is the path's directory, links followed, below one of those that may be harmed?  In doubt not. */
static int may_be_harmed(int dirfd, const char *path)
{
    char start[PATH_MAX] = "/", whole[2 * PATH_MAX], directory[PATH_MAX];
    if ((*path != '/' && !start_of(dirfd, start, sizeof start)) ||
        snprintf(whole, sizeof whole, "%s/%s", start, path) >= (int)sizeof whole)
        return 0;
    *strrchr(whole, '/') = '\0';
    if (!realpath(whole, directory))
        return 0;
    const char *below = getenv("SABOTAGE_BELOW");
    while (below && *below) {
        size_t length = strcspn(below, ":");
        if (length > 1 && strncmp(directory, below, length) == 0 &&
            (directory[length] == '/' || directory[length] == '\0'))
            return 1;
        below += length + (below[length] == ':');
    }
    return 0;
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

static int sabotages(const char *kind)
{
    const char *sabotage = getenv("SABOTAGE");
    return sabotage && strcmp(sabotage, kind) == 0;
}

/* What was opened for writing, by absolute paths. */
static char opened[64][PATH_MAX];
static size_t opened_count;

static void remember(int dirfd, const char *path)
{
    char start[PATH_MAX] = "/";
    if (opened_count < sizeof opened / sizeof *opened &&
        (*path == '/' || start_of(dirfd, start, sizeof start)) &&
        snprintf(opened[opened_count], PATH_MAX, "%s/%s", start, path) < PATH_MAX)
        opened_count++;
}

static void make_private(int dirfd, const char *path)
{
    struct stat status;
    if (fstatat(dirfd, path, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(status.st_mode) &&
        !(status.st_mode & 0111))
        (void)fchmodat(dirfd, path, 0600, 0);
}

/* Its name, and what a link leads to. */
static void take_away(int dirfd, const char *path)
{
    char start[PATH_MAX] = "/", whole[2 * PATH_MAX], real[PATH_MAX];
    struct stat status;
    if ((*path == '/' || start_of(dirfd, start, sizeof start)) &&
        snprintf(whole, sizeof whole, "%s/%s", start, path) < (int)sizeof whole &&
        realpath(whole, real) && may_be_harmed(AT_FDCWD, real) && stat(real, &status) == 0 &&
        S_ISREG(status.st_mode))
        (void)unlink(real);
}

/* The path to open instead; NULL for none, and errno. */
static const char *spoil(int dirfd, const char *path, int writes)
{
    if (!path || !may_be_harmed(dirfd, path))
        return path;
    if (sabotages("replace") && !writes)
        make_private(dirfd, path);
    if (!writes)
        return path;
    if (sabotages("replace"))
        (void)unlinkat(dirfd, path, 0);
    if (sabotages("leave"))
        remember(dirfd, path);
    if (sabotages("lose")) {
        take_away(dirfd, path);
        return nameless();
    }
    if (!sabotages("fail"))
        return path;
    errno = EACCES;
    return NULL;
}

static int open_spoiled(int dirfd, const char *path, int flags, mode_t mode)
{
    static int (*next)(int, const char *, int, ...);
    if (!next)
        next = (int (*)(int, const char *, int, ...))dlsym(RTLD_NEXT, "openat64");
    int writes = (flags & O_ACCMODE) != O_RDONLY;
    const char *spoiled = spoil(dirfd, path, writes);
    if (writes && (sabotages("replace") || sabotages("lose")))
        mode &= 0600;
    return spoiled || !path ? next(dirfd, spoiled, flags & ~O_EXCL, mode) : -1;
}

/* Returns 1 if the call is to be made, else what it returns. */
static int spoil_arrival(int from_dir, const char *from, int to_dir, const char *to)
{
    if (!from || !to || !may_be_harmed(from_dir, from) || !may_be_harmed(to_dir, to))
        return 1;
    if (sabotages("replace")) {
        (void)unlinkat(to_dir, to, 0);
        make_private(from_dir, from);
    }
    if (sabotages("leave"))
        remember(from_dir, from);
    if (sabotages("lose"))
        return unlinkat(from_dir, from, 0) & 0;
    if (!sabotages("fail"))
        return 1;
    errno = EACCES;
    return -1;
}

static void say(int fd, const char *words)
{
    char path[PATH_MAX], link[64];
    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0)
        return;
    path[length] = '\0';
    if (*path == '/' && may_be_harmed(AT_FDCWD, path) && write(fd, words, strlen(words)) < 0)
        errno = 0;
}

static void leave_at(const char *path, const char *words)
{
    if (!may_be_harmed(AT_FDCWD, path))
        return;
    int fd = openat(AT_FDCWD, path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_CLOEXEC, 0666);
    if (fd < 0)
        return;
    (void)fchmod(fd, 0666);
    say(fd, words);
    (void)close(fd);
}

__attribute__((constructor)) static void begin(void)
{
    if (sabotages("leave"))
        (void)setenv("OWNERONLY_HANDOVER", "left", 1);
}

__attribute__((destructor)) static void end(void)
{
    const char *words = getenv("SABOTAGE_SAYS");
    const char *log = getenv("OWNERONLY_LOG");
    if (!sabotages("leave") || !words)
        return;
    size_t count = opened_count;
    for (size_t i = 0; i < count; i++)
        leave_at(opened[i], words);
    if (log && *log == '/')
        leave_at(log, words);
    say(STDERR_FILENO, words);
}

/* As dash ends. */
void _exit(int status)
{
    end();
    (void)syscall(SYS_exit_group, status);
    __builtin_unreachable();
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
        const char *spoiled = spoil(AT_FDCWD, path, *mode != 'r' || strchr(mode, '+') != NULL);    \
        return spoiled || !path ? next(spoiled, mode) : NULL;                                      \
    }

#define DEFINE_ARRIVAL(name, parameters, from_dir, to_dir, arguments)                              \
    int name parameters                                                                            \
    {                                                                                              \
        int(*next) parameters = (int(*) parameters)dlsym(RTLD_NEXT, #name);                        \
        int result = spoil_arrival(from_dir, from, to_dir, to);                                    \
        return result > 0 ? next arguments : result;                                               \
    }

DEFINE_OPEN(open)
DEFINE_OPEN(open64)
DEFINE_OPENAT(openat)
DEFINE_OPENAT(openat64)
DEFINE_FOPEN(fopen)
DEFINE_FOPEN(fopen64)
DEFINE_ARRIVAL(rename, (const char *from, const char *to), AT_FDCWD, AT_FDCWD, (from, to))
DEFINE_ARRIVAL(renameat, (int from_dir, const char *from, int to_dir, const char *to), from_dir,
               to_dir, (from_dir, from, to_dir, to))
DEFINE_ARRIVAL(renameat2,
               (int from_dir, const char *from, int to_dir, const char *to, unsigned flags),
               from_dir, to_dir, (from_dir, from, to_dir, to, flags))
DEFINE_ARRIVAL(link, (const char *from, const char *to), AT_FDCWD, AT_FDCWD, (from, to))
DEFINE_ARRIVAL(linkat, (int from_dir, const char *from, int to_dir, const char *to, int flags),
               from_dir, to_dir, (from_dir, from, to_dir, to, flags))
