/*
 * One way of writing a file.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_TESTS_BENCH_WRITE_H
#define OWNERONLY_TESTS_BENCH_WRITE_H

#include <err.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Replaces the file by `data`, or ends the program. */
void write_file(const char *path, const void *data, size_t size);

static inline void write_all(int fd, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t written = write(fd, data, size);
        if (written < 0)
            err(1, "write");
        data += written;
        size -= (size_t)written;
    }
}

/* For the calls that return 0. */
static inline void must(int result, const char *call)
{
    if (result < 0)
        err(1, "%s", call);
}

#endif
