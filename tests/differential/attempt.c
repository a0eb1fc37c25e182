/*
 * One try at what a caller may do here, as any program would: attempt HOW PATH [MODE GROUP].
 *
 *   rewrite, update, append, exclusive, truncate   open(2) PATH for that, write, close
 *   replace   put a new file of that mode and group under PATH, by rename(2)
 *   tighten   give the file that stands at PATH that mode and group, where it is
 *   sync      open the directory of PATH, and fsync(2) it
 *   rest      wait for the end of standard input
 *
 * Prints two numbers: the errno of what should have granted it, and that of the close; 0 is none.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char payload[] = "{\"k\": 1}";

static const struct {
    const char *name;
    int flags;
} opens[] = {
    {"rewrite", O_WRONLY | O_CREAT | O_TRUNC},  {"update", O_RDWR | O_CREAT},
    {"append", O_WRONLY | O_CREAT | O_APPEND},  {"exclusive", O_WRONLY | O_CREAT | O_EXCL},
    {"truncate", O_RDONLY | O_CREAT | O_TRUNC},
};

static int finish(int granted, int closed)
{
    printf("%d %d\n", granted, closed);
    return 0;
}

static int try_open(const char *path, int flags)
{
    int fd = open(path, flags, 0666);
    if (fd < 0)
        return finish(errno, 0);
    if ((flags & O_ACCMODE) != O_RDONLY && write(fd, payload, strlen(payload)) < 0)
        return finish(0, errno);
    return finish(0, close(fd) < 0 ? errno : 0);
}

/* A file system that ignores what it was asked for has not done it. */
static int give(int fd, mode_t mode, long group)
{
    struct stat status;
    if ((group >= 0 && fchown(fd, (uid_t)-1, (gid_t)group) < 0) || fchmod(fd, mode) < 0 ||
        fstat(fd, &status) < 0)
        return errno;
    return (status.st_mode & 07777) != mode || (group >= 0 && status.st_gid != (gid_t)group) ? EPERM
                                                                                             : 0;
}

static int open_directory(const char *path, int flags)
{
    char copy[PATH_MAX];
    (void)snprintf(copy, sizeof copy, "%s", path);
    return open(dirname(copy), flags | O_DIRECTORY);
}

static int try_replace(const char *path, mode_t mode, long group)
{
    const char *name = strrchr(path, '/') + 1;
    int directory = open_directory(path, O_PATH);
    if (directory < 0)
        return finish(errno, 0);
    /* Where nothing stands, nothing is renamed. */
    int fd = openat(directory, name, O_RDWR | O_CREAT | O_EXCL, 0600);
    if (fd >= 0)
        return finish(give(fd, mode, group), 0);
    fd = openat(directory, ".attempt", O_RDWR | O_CREAT | O_EXCL, 0600);
    if (fd < 0)
        return finish(errno, 0);
    int error = give(fd, mode, group);
    if (error == 0 && renameat(directory, ".attempt", directory, name) < 0)
        error = errno;
    if (error != 0)
        (void)unlinkat(directory, ".attempt", 0);
    return finish(error, 0);
}

static int try_tighten(const char *path, mode_t mode, long group)
{
    struct stat status;
    int fd = open(path, O_WRONLY | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &status) < 0)
        return finish(errno, 0);
    bool own = S_ISREG(status.st_mode) && status.st_uid == geteuid() && status.st_nlink == 1;
    return finish(own ? give(fd, mode, group) : EPERM, 0);
}

static int try_sync(const char *path)
{
    int directory = open_directory(path, O_RDONLY);
    return finish(directory < 0 || fsync(directory) < 0 ? errno : 0, 0);
}

static int rest(void)
{
    char byte;
    while (read(STDIN_FILENO, &byte, 1) > 0)
        ;
    return 0;
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return 2;
    const char *how = argv[1];
    if (strcmp(how, "rest") == 0)
        return rest();
    if (argc < 3)
        return 2;
    umask(0);
    alarm(30);
    for (size_t i = 0; i < sizeof opens / sizeof opens[0]; i++)
        if (strcmp(opens[i].name, how) == 0)
            return try_open(argv[2], opens[i].flags);
    if (strcmp(how, "sync") == 0)
        return try_sync(argv[2]);
    if (argc < 5)
        return 2;
    mode_t mode = (mode_t)strtoul(argv[3], NULL, 8);
    long group = strtol(argv[4], NULL, 10);
    if (strcmp(how, "replace") == 0)
        return try_replace(argv[2], mode, group);
    return strcmp(how, "tighten") == 0 ? try_tighten(argv[2], mode, group) : 2;
}
