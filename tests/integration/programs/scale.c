/*
 * What opening, duplicating and closing cost while many files are pending.
 *
 * usage: scale PENDING CALL COUNT
 *
 * Leaves PENDING files of 10,000 open, and makes the CALL COUNT times: for counting instructions,
 * where the difference between two counts is the cost of one.
 *
 *   open   opens another file for writing, and closes it
 *   dup    duplicates a pending descriptor, and closes the duplicate
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define DESCRIPTORS 10000

static int create(long number)
{
    char name[64];
    snprintf(name, sizeof name, "%06ld_client_api_config.json", number);
    int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0)
        err(1, "%s", name);
    return fd;
}

int main(int argc, char **argv)
{
    struct rlimit limit;
    if (argc != 4)
        errx(2, "usage: scale PENDING CALL COUNT");
    long pending = atol(argv[1]);
    long count = atol(argv[3]);
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    /* The same numbers in any case: writing one with more digits takes more. */
    for (long number = pending; number < DESCRIPTORS; number++)
        if (open("/dev/null", O_RDONLY | O_CLOEXEC) < 0)
            err(1, "/dev/null");
    int fd = -1;
    for (long number = 0; number < pending; number++)
        fd = create(number);
    for (long number = 0; number < count; number++)
        if (close(strcmp(argv[2], "dup") == 0 ? dup(fd) : create(DESCRIPTORS + number)) < 0)
            err(1, "close");
    return 0;
}
