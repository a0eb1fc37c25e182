/*
 * Writers side by side, each with a file of its own in one directory, which it replaces again and
 * again.
 *
 * usage: write_WAY DIRECTORY SIZE WRITERS COUNT
 *
 * Prints two medians in nanoseconds: what a writer waited for a file, and the processor time that a
 * file took it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "write.h"

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

static int64_t now(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
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

static int compare(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

/* Of all writers together. */
static int64_t *shared_times(size_t count)
{
    int64_t *times = mmap(NULL, count * sizeof *times, PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (times == MAP_FAILED)
        err(1, "mmap");
    return times;
}

static int64_t median(int64_t *times, size_t count)
{
    qsort(times, count, sizeof *times, compare);
    return times[count / 2];
}

struct job {
    const char *directory;
    const char *data;
    size_t size;
    int count;
    int start; /* ends when all may begin */
    int told;
    int64_t *waits;     /* of every file */
    int64_t *processor; /* of every writer, a file */
};

/* The first file is not counted: it makes the one that is replaced. */
static void work(const struct job *job, int number)
{
    char path[PATH_MAX], byte = 0;
    snprintf(path, sizeof path, "%s/%d.token", job->directory, number);
    write_file(path, job->data, job->size);
    write_all(job->told, &byte, 1);
    if (read(job->start, &byte, 1) != 0)
        errx(1, "no start");
    int64_t *waits = job->waits + (size_t)number * (size_t)job->count;
    int64_t busy = now(CLOCK_PROCESS_CPUTIME_ID);
    for (int i = 0; i < job->count; i++) {
        int64_t begin = now(CLOCK_MONOTONIC);
        write_file(path, job->data, job->size);
        waits[i] = now(CLOCK_MONOTONIC) - begin;
    }
    job->processor[number] = (now(CLOCK_PROCESS_CPUTIME_ID) - busy) / job->count;
    write_all(job->told, &byte, 1);
}

int main(int argc, char **argv)
{
    if (argc != 5)
        errx(2, "usage: %s DIRECTORY SIZE WRITERS COUNT", argv[0]);
    int writers = atoi(argv[3]);
    struct job job = {
        .directory = argv[1], .size = strtoul(argv[2], NULL, 10), .count = atoi(argv[4])};
    char *data = malloc(job.size);
    if (!data)
        err(1, "malloc");
    job.data = memset(data, 'x', job.size);
    size_t all = (size_t)writers * (size_t)job.count;
    job.waits = shared_times(all);
    job.processor = shared_times((size_t)writers);
    umask(022);

    int start[2], told[2];
    must(pipe(start), "pipe");
    must(pipe(told), "pipe");
    job.start = start[0];
    job.told = told[1];
    for (int i = 0; i < writers; i++) {
        pid_t child = fork();
        must(child, "fork");
        if (child > 0)
            continue;
        must(close(start[1]), "close");
        must(close(told[0]), "close");
        work(&job, i);
        return 0;
    }
    must(close(told[1]), "close");
    await(told[0], writers);
    must(close(start[1]), "close");
    await(told[0], writers);
    printf("%lld %lld\n", (long long)median(job.waits, all),
           (long long)median(job.processor, (size_t)writers));
    return 0;
}
