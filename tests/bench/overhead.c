/*
 * What calls cost under whatever is preloaded: the median of short slices, in nanoseconds a call.
 * Slices, because a scheduler that takes the processor away spoils only one of them.  Running a
 * program is too long for that, so it is counted in the processor's time.
 *
 * usage: overhead FILE     prints "KIND NANOSECONDS" lines
 *        overhead --wait   prints a line when it is asleep, until its standard input ends
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <err.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SLICES_MAX 64
/* For what takes a thousand times as long as bare. */
#define LONG_ENOUGH 20000000

extern char **environ;

static const char *path;
static int null;

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
    if (write(null, "x", 1) != 1)
        err(1, "write");
}

static void run_true(void)
{
    static char *arguments[] = {"true", NULL};
    pid_t pid;
    int status;
    int error = posix_spawn(&pid, "/bin/true", NULL, NULL, arguments, environ);
    if (error != 0)
        errx(1, "posix_spawn: %s", strerror(error));
    if (waitpid(pid, &status, 0) < 0 || status != 0)
        errx(1, "true failed");
}

static int64_t elapsed(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static int64_t nanoseconds(struct timeval time)
{
    return (int64_t)time.tv_sec * 1000000000 + (int64_t)time.tv_usec * 1000;
}

/* Of this process, and of those that it has waited for. */
static int64_t processor_time(void)
{
    struct rusage own, others;
    getrusage(RUSAGE_SELF, &own);
    getrusage(RUSAGE_CHILDREN, &others);
    return nanoseconds(own.ru_utime) + nanoseconds(own.ru_stime) + nanoseconds(others.ru_utime) +
           nanoseconds(others.ru_stime);
}

static const struct {
    const char *name;
    void (*call)(void);
    int64_t (*now)(void);
    int slices;
    int calls;
} kinds[] = {
    {"open-to-read", open_to_read, elapsed, 40, 50},
    {"open-to-write", open_to_write, elapsed, 40, 50},
    {"write", write_one, elapsed, 40, 200},
    {"exec", run_true, processor_time, 20, 1},
};

static int compare(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

static double measure(void (*call)(void), int64_t (*now)(void), int slices, int calls)
{
    int64_t times[SLICES_MAX];
    int slice = 0;
    call();
    for (int64_t spent = 0; slice < slices && spent < LONG_ENOUGH; slice++) {
        int64_t begin = now();
        for (int i = 0; i < calls; i++)
            call();
        times[slice] = now() - begin;
        spent += times[slice];
    }
    qsort(times, (size_t)slice, sizeof times[0], compare);
    return (double)times[slice / 2] / calls;
}

static int wait_for_end(void)
{
    char byte;
    puts("asleep");
    fflush(stdout);
    return read(STDIN_FILENO, &byte, 1) == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    if (argc != 2)
        errx(2, "usage: overhead FILE | --wait");
    if (strcmp(argv[1], "--wait") == 0)
        return wait_for_end();
    path = argv[1];
    null = open("/dev/null", O_WRONLY);
    if (null < 0)
        err(1, "/dev/null");
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        printf("%s %.1f\n", kinds[i].name,
               measure(kinds[i].call, kinds[i].now, kinds[i].slices, kinds[i].calls));
    return 0;
}
