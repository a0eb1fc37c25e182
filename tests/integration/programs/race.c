/*
 * Threads that race open, write, dup, dup2, close and fork on a few protected names and other ones.
 *
 * usage: race DIRECTORY ROUNDS
 *
 * Every file that is read on the way, and in the end, must be one writer's whole document; no
 * descriptor may be left.  Exit status 1, and a line a finding, if that is not so.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS 8
#define NAMES 3
#define DOCUMENT_MAX 6000

static const char *directory;
static int rounds_of_each;
static _Atomic int findings;

static void find(const char *what, const char *path)
{
    fprintf(stderr, "race: %s: %s: %s\n", what, path, strerror(errno));
    atomic_fetch_add(&findings, 1);
}

/* A document that tells its own length, so that a torn or mixed one is seen. */
static size_t make_document(char *text, unsigned seed)
{
    unsigned pad = seed % 4096;
    char fill = (char)('a' + seed % 26);
    size_t length = (size_t)sprintf(text, "{\"fill\":\"%c\",\"length\":%u,\"pad\":\"", fill, pad);
    memset(text + length, fill, pad);
    memcpy(text + length + pad, "\"}\n", 4);
    return length + pad + 3;
}

static int is_whole(const char *text, size_t length)
{
    char fill;
    unsigned pad;
    int head = 0;
    if (sscanf(text, "{\"fill\":\"%c\",\"length\":%u,\"pad\":\"%n", &fill, &pad, &head) != 2 ||
        head == 0)
        return 0;
    if (length != (size_t)head + pad + 3 || strcmp(text + head + pad, "\"}\n") != 0)
        return 0;
    for (unsigned i = 0; i < pad; i++)
        if (text[(unsigned)head + i] != fill)
            return 0;
    return 1;
}

static void check(const char *path)
{
    char text[DOCUMENT_MAX + 1];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        if (errno != ENOENT)
            find("cannot be read", path);
        return;
    }
    ssize_t length = read(fd, text, DOCUMENT_MAX);
    close(fd);
    text[length > 0 ? length : 0] = '\0';
    if (length < 0 || !is_whole(text, (size_t)length))
        find("is not one whole document", path);
}

/* Of a child whose parent's other threads were in the middle of anything. */
static int write_in_a_child(const char *path, const char *text, size_t length)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    int copy = dup(fd);
    return fd >= 0 && copy >= 0 && write(fd, text, length) == (ssize_t)length && close(fd) == 0 &&
           close(copy) == 0;
}

/*
 * A child that lets go of everything, and writes a file of its own; what its parent has pending
 * must not change by that.
 */
static void fork_child(const char *path, const char *text, size_t length)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        for (int fd = 3; fd < 100; fd++)
            close(fd);
        _exit(write_in_a_child(path, text, length) ? 0 : 1);
    }
    errno = 0;
    if (child < 0 || waitpid(child, &status, 0) < 0 || status != 0)
        find("cannot be written by a child", path);
}

static void write_one(const char *path, unsigned seed)
{
    char text[DOCUMENT_MAX];
    size_t length = make_document(text, seed);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0) {
        find("cannot be opened", path);
        return;
    }
    size_t half = length / 2;
    if (write(fd, text, half) != (ssize_t)half)
        find("cannot be written", path);
    if (seed % 3 == 0) {
        int copy = dup(fd);
        close(fd);
        fd = copy;
    } else if (seed % 3 == 1) {
        int other = open("/dev/null", O_WRONLY | O_CLOEXEC);
        if (dup2(fd, other) != other)
            find("cannot be duplicated", path);
        close(fd);
        fd = other;
    }
    if (seed % 64 == 0)
        fork_child(path, text, length);
    if (write(fd, text + half, length - half) != (ssize_t)(length - half))
        find("cannot be written further", path);
    if (close(fd) != 0)
        find("cannot be closed", path);
}

static void *work(void *argument)
{
    unsigned number = (unsigned)(size_t)argument;
    for (int round = 0; round < rounds_of_each; round++) {
        char path[PATH_MAX];
        unsigned seed = (unsigned)round * 7919 + number * 104729;
        /* What no rule matches has one writer each: nobody promises anything for two. */
        if (round % 4 == 3)
            snprintf(path, sizeof path, "%s/other-%u", directory, number);
        else
            snprintf(path, sizeof path, "%s/%u_client_api_config.json", directory, seed % NAMES);
        write_one(path, seed);
        check(path);
    }
    return NULL;
}

static int count_entries(const char *path)
{
    int count = 0;
    DIR *entries = opendir(path);
    while (entries && readdir(entries))
        count++;
    if (entries)
        closedir(entries);
    return count;
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    directory = argv[1];
    rounds_of_each = atoi(argv[2]) / THREADS;
    int descriptors = count_entries("/proc/self/fd");

    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, work, (void *)i) != 0)
            return 2;
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);

    if (count_entries("/proc/self/fd") != descriptors)
        find("not as many descriptors as before", "/proc/self/fd");
    if (count_entries(directory) != 2 + NAMES + THREADS)
        find("not the entries that were written", directory);
    printf("%d rounds, %d findings\n", rounds_of_each * THREADS, atomic_load(&findings));
    return atomic_load(&findings) ? 1 : 0;
}
