/*
 * Writes the document "[1,2]" through a shared mapping that outlives the descriptor, and lets go of
 * it in some way; some ways take another one, second_FILE.
 *
 * usage: mapped WAY FILE
 *
 * WAY     munmap, halves, moved,   it is unmapped: at once, in two pieces, after it was moved,
 *         over, middle,            by another mapping in its place, the middle of it first,
 *         piece, rest              after a piece of it was moved, with that piece first
 *         exit, _exit, exec,       the process ends with it
 *         killed
 *         stays, twice, onto       mapped at two places by mremap(2): it stays, or is asked for a
 *                                  second time; moved onto the mapping of the second file
 *         fails                    calls that fail let go of nothing
 *         numbers                  written after every number was closed
 *         closed                   after all numbers were closed at once, and used again by the
 *                                  second file
 *         meanwhile                one thread unmaps it, and before that has returned, another
 *                                  maps the second file at its address
 *         forked                   the child's copy goes first, and means nothing
 *
 * Where it goes in pieces, it is printed before the last one what FILE holds.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096
#define SIZE ((size_t)4 * PAGE)

#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif

static const char document[] = {'[', '1', ',', '2', ']'};

/* The document, and spaces; at this address, unless it is NULL. */
static char *write_mapped(const char *path, char *at)
{
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
    if (fd < 0 || ftruncate(fd, SIZE) < 0)
        _exit(2);
    char *memory = mmap(at, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED || (at && memory != at) || close(fd) < 0)
        _exit(3);
    memset(memory, ' ', SIZE);
    memcpy(memory, document, sizeof document);
    return memory;
}

static int say(const char *path)
{
    char start[6] = "";
    int fd = open(path, O_RDONLY);
    (void)!read(fd, start, 5);
    return puts(start) < 0;
}

static int say_and_unmap(const char *path, char *memory)
{
    return say(path) || munmap(memory, SIZE) < 0;
}

static void *unmap(void *memory)
{
    return (void *)(intptr_t)munmap(memory, SIZE);
}

static char *map_meanwhile(const char *second, char *memory)
{
    pthread_t thread;
    unsigned char pages[SIZE / PAGE];
    if (pthread_create(&thread, NULL, unmap, memory) != 0)
        _exit(4);
    while (mincore(memory, SIZE, pages) == 0)
        usleep(1000);
    char *mapped = write_mapped(second, memory);
    pthread_join(thread, NULL);
    return mapped;
}

/* Ways with a second file: what it holds is said before its mapping goes. */
static bool goes_with_second(const char *way, char *memory, const char *second)
{
    if (!strcmp(way, "meanwhile")) {
        char *mapped = map_meanwhile(second, memory);
        return say_and_unmap(second, mapped) == 0;
    }
    if (!strcmp(way, "onto")) {
        char *mapped = write_mapped(second, NULL);
        char *moved = mremap(memory, SIZE, SIZE, MREMAP_MAYMOVE | MREMAP_FIXED, mapped);
        return say_and_unmap(second, moved) == 0;
    }
    if (!strcmp(way, "closed")) {
        syscall(SYS_close_range, 3, 1023, 0);
        char *mapped = write_mapped(second, NULL);
        munmap(memory, SIZE);
        return say_and_unmap(second, mapped) == 0;
    }
    return false;
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    const char *way = argv[1];
    char *memory = write_mapped(argv[2], NULL);
    char second[64];
    snprintf(second, sizeof second, "second_%s", argv[2]);
    if (say(argv[2]))
        return 1;
    if (goes_with_second(way, memory, second))
        return say(argv[2]) || say(second);
    if (!strcmp(way, "forked")) {
        if (fork() == 0)
            _exit(munmap(memory, SIZE));
        wait(NULL);
        say(argv[2]);
        way = "munmap";
    }
    if (!strcmp(way, "munmap"))
        munmap(memory, SIZE);
    else if (!strcmp(way, "halves") && munmap(memory, PAGE) == 0 && say(argv[2]) == 0)
        munmap(memory + PAGE, SIZE - PAGE);
    else if (!strcmp(way, "middle") && munmap(memory + PAGE, PAGE) == 0 &&
             munmap(memory, PAGE) == 0 && say(argv[2]) == 0)
        munmap(memory + 2 * PAGE, 2 * PAGE);
    else if (!strcmp(way, "piece")) {
        char *piece = mremap(memory + PAGE, PAGE, 2 * SIZE, MREMAP_MAYMOVE);
        munmap(memory, SIZE);
        say(argv[2]);
        munmap(piece, 2 * SIZE);
    } else if (!strcmp(way, "rest")) {
        munmap(mremap(memory + PAGE, PAGE, 2 * SIZE, MREMAP_MAYMOVE), 2 * SIZE);
        munmap(memory, 2 * PAGE);
        say(argv[2]);
        munmap(memory + 2 * PAGE, 2 * PAGE);
    } else if (!strcmp(way, "moved"))
        munmap(mremap(memory, SIZE, 4 * SIZE, MREMAP_MAYMOVE), 4 * SIZE);
    else if (!strcmp(way, "over"))
        (void)mmap(memory, SIZE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    else if (!strcmp(way, "stays")) {
        char *copy = mremap(memory, SIZE, SIZE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL);
        munmap(copy, SIZE);
        say_and_unmap(argv[2], memory);
    } else if (!strcmp(way, "twice")) {
        char *copy = mremap(memory, 0, SIZE, MREMAP_MAYMOVE);
        munmap(memory, SIZE);
        say_and_unmap(argv[2], copy);
    } else if (!strcmp(way, "numbers")) {
        memset(memory, '[', sizeof document);
        for (int fd = 3; fd < 1024; fd++)
            close(fd);
        memcpy(memory, document, sizeof document);
        say_and_unmap(argv[2], memory);
    } else if (!strcmp(way, "fails")) {
        munmap(memory + 1, PAGE);
        (void)!mremap(memory, SIZE, 2 * SIZE, MREMAP_FIXED, NULL);
        say_and_unmap(argv[2], memory);
    } else if (!strcmp(way, "exec") && fflush(stdout) == 0)
        execl("/bin/true", "true", (char *)NULL);
    else if (!strcmp(way, "killed"))
        raise(SIGKILL);
    else if (!strcmp(way, "_exit") && fflush(stdout) == 0)
        _exit(0);
    else
        return 0;
    return say(argv[2]);
}
