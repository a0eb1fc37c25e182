/*
 * Writers side by side, each with a file of its own in one directory, which it replaces again and
 * again.
 *
 * usage: write_WAY DIRECTORY SIZE WRITERS COUNT
 *
 * Prints the nanoseconds that a file took: of all together, by the number of all files.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "write.h"

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

static int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

/* One byte a writer. */
static void await(int fd, int writers)
{
    char byte;
    for (int i = 0; i < writers; i++)
        if (read(fd, &byte, 1) != 1)
            errx(1, "a writer failed");
}

/* The first file is not counted: it makes the one that is replaced. */
static void work(const char *path, const char *data, size_t size, int count, int start, int told)
{
    char byte = 0;
    write_file(path, data, size);
    write_all(told, &byte, 1);
    if (read(start, &byte, 1) != 0)
        errx(1, "no start");
    for (int i = 0; i < count; i++)
        write_file(path, data, size);
    write_all(told, &byte, 1);
}

int main(int argc, char **argv)
{
    if (argc != 5)
        errx(2, "usage: %s DIRECTORY SIZE WRITERS COUNT", argv[0]);
    size_t size = strtoul(argv[2], NULL, 10);
    int writers = atoi(argv[3]), count = atoi(argv[4]);
    char *data = malloc(size);
    if (!data)
        err(1, "malloc");
    memset(data, 'x', size);
    umask(022);

    int start[2], told[2];
    must(pipe(start), "pipe");
    must(pipe(told), "pipe");
    for (int i = 0; i < writers; i++) {
        pid_t child = fork();
        must(child, "fork");
        if (child > 0)
            continue;
        char path[PATH_MAX];
        snprintf(path, sizeof path, "%s/%d.token", argv[1], i);
        must(close(start[1]), "close");
        must(close(told[0]), "close");
        work(path, data, size, count, start[0], told[1]);
        return 0;
    }
    must(close(told[1]), "close");
    await(told[0], writers);
    int64_t begin = now();
    must(close(start[1]), "close");
    await(told[0], writers);
    printf("%.0f\n", (double)(now() - begin) / writers / count);
    return 0;
}
