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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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

static void nothing(void)
{
}

static const struct {
    const char *name;
    void (*call)(void);
} kinds[] = {
    {"open-to-read", open_to_read}, {"open-to-write", open_to_write},
    {"write", write_one},           {"dup2", duplicate},
    {"rename", rename_one},         {"chmod", change_mode},
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
