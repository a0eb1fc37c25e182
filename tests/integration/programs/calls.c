/*
 * One kind of call, COUNT times, for counting what it costs: the difference between two counts is
 * the cost of one.
 *
 * usage: calls KIND COUNT FILE
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <err.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

static const char *path;
static int file;

static void open_to_read(void)
{
    close(open(path, O_RDONLY));
}

static void open_to_write(void)
{
    close(open(path, O_WRONLY));
}

static void write_one(void)
{
    if (write(file, "x", 1) != 1)
        err(1, "write");
}

static void duplicate(void)
{
    dup2(file, 20);
}

static void rename_one(void)
{
    if (rename(path, path) < 0)
        err(1, "rename");
}

static void change_mode(void)
{
    if (chmod(path, 0644) < 0)
        err(1, "chmod");
}

static struct stat status;

static void stat_one(void)
{
    if (stat(path, &status) < 0)
        err(1, "stat");
}

static void fstat_one(void)
{
    if (fstat(file, &status) < 0)
        err(1, "fstat");
}

static void statx_one(void)
{
    static struct statx extended;
    if (statx(AT_FDCWD, path, 0, STATX_BASIC_STATS, &extended) < 0)
        err(1, "statx");
}

static void access_one(void)
{
    if (access(path, R_OK) < 0)
        err(1, "access");
}

static void resolve(void)
{
    char real[PATH_MAX];
    /* Of the shortest path: libc's own cost depends on where a path lies. */
    if (!realpath("/", real))
        err(1, "realpath");
}

static void change_owner(void)
{
    if (chown(path, (uid_t)-1, (gid_t)-1) < 0)
        err(1, "chown");
}

static void change_times(void)
{
    if (utimensat(AT_FDCWD, path, NULL, 0) < 0)
        err(1, "utimensat");
}

static void make_one(void)
{
    symlink("absent", ".");
    mkdir(".", 0700);
}

static void unlink_one(void)
{
    unlink("absent");
}

static void get_attribute(void)
{
    getxattr(path, "user.absent", NULL, 0);
}

static void set_attribute(void)
{
    setxattr(path, "user.absent", "", 0, XATTR_REPLACE);
}

static void change_mode_by_descriptor(void)
{
    if (fchmod(file, 0644) < 0)
        err(1, "fchmod");
}

static void open_stream(void)
{
    fclose(fopen(path, "r"));
}

static void map_and_unmap(void)
{
    void *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (memory == MAP_FAILED || munmap(memory, 4096) < 0)
        err(1, "mmap");
}

static void wait_for_nobody(void)
{
    if (waitpid(-1, NULL, WNOHANG) >= 0)
        errx(1, "waitpid");
}

static void flush(void)
{
    if (fflush(stdout) != 0)
        err(1, "fflush");
}

static void format(void)
{
    if (dprintf(file, "x") != 1)
        err(1, "dprintf");
}

static void nothing(void)
{
}

static const struct {
    const char *name;
    void (*call)(void);
} kinds[] = {
    {"open-to-read", open_to_read},
    {"open-to-write", open_to_write},
    {"write", write_one},
    {"dup2", duplicate},
    {"rename", rename_one},
    {"chmod", change_mode},
    {"stat", stat_one},
    {"fstat", fstat_one},
    {"statx", statx_one},
    {"access", access_one},
    {"realpath", resolve},
    {"chown", change_owner},
    {"utimensat", change_times},
    {"make", make_one},
    {"unlink", unlink_one},
    {"getxattr", get_attribute},
    {"setxattr", set_attribute},
    {"fchmod", change_mode_by_descriptor},
    {"fopen", open_stream},
    {"map-and-unmap", map_and_unmap},
    {"waitpid", wait_for_nobody},
    {"fflush", flush},
    {"dprintf", format},
    {"nothing", nothing},
};

int main(int argc, char **argv)
{
    if (argc != 4)
        errx(2, "usage: calls KIND COUNT FILE");
    path = argv[3];
    file = open(path, O_RDWR);
    if (file < 0)
        err(1, "%s", path);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(kinds[i].name, argv[1]) == 0) {
            for (long count = atol(argv[2]); count > 0; count--)
                kinds[i].call();
            return 0;
        }
    }
    errx(2, "no such kind: %s", argv[1]);
}
