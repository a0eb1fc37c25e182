/*
 * Appends to a file.
 *
 * usage: append FILE SIZE COUNT
 *
 * Prints the nanoseconds of one, and how many bytes it made the kernel write (proc(5), io).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "write.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

/* -1 where the kernel does not count. */
static long long bytes_written(void)
{
    FILE *file = fopen("/proc/self/io", "r");
    char line[128];
    long long bytes = -1;
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "write_bytes: %lld", &bytes) == 1)
            break;
    if (file)
        fclose(file);
    return bytes;
}

static void append(const char *path, const char *data, size_t size)
{
    int fd = open(path, O_WRONLY | O_APPEND);
    must(fd, path);
    write_all(fd, data, size);
    must(close(fd), "close");
}

int main(int argc, char **argv)
{
    if (argc != 4)
        errx(2, "usage: append FILE SIZE COUNT");
    size_t size = strtoul(argv[2], NULL, 10);
    int count = atoi(argv[3]);
    char *data = malloc(size);
    if (!data)
        err(1, "malloc");
    memset(data, 'x', size);
    long long before = bytes_written();
    int64_t begin = now();
    for (int i = 0; i < count; i++)
        append(argv[1], data, size);
    int64_t end = now();
    long long after = bytes_written();
    printf("%.0f %lld\n", (double)(end - begin) / count,
           before < 0 ? -1 : (after - before) / count);
    return 0;
}
