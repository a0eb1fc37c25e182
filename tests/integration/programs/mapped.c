/*
 * Writes the document "[1,2]" through a shared mapping that outlives the descriptor, and lets go of
 * it in some way.
 *
 * usage: mapped WAY FILE
 *
 * WAY     munmap, halves, moved,   it is unmapped: at once, in two pieces, after it was moved,
 *         over, middle,            by another mapping in its place, the middle of it first,
 *         piece, rest              after a piece of it was moved, with that piece first
 *         exit, _exit, exec,       the process ends with it
 *         killed
 *         forked                   the child's copy goes first, and means nothing
 *
 * Where it goes in pieces, it is printed before the last one what FILE holds.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096
#define SIZE ((size_t)4 * PAGE)

static const char document[] = {'[', '1', ',', '2', ']'};

/* The document, and spaces. */
static char *write_mapped(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
    if (fd < 0 || ftruncate(fd, SIZE) < 0)
        _exit(2);
    char *memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED || close(fd) < 0)
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

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    const char *way = argv[1];
    char *memory = write_mapped(argv[2]);
    if (say(argv[2]))
        return 1;
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
    else if (!strcmp(way, "exec") && fflush(stdout) == 0)
        execl("/bin/true", "true", (char *)NULL);
    else if (!strcmp(way, "killed"))
        raise(SIGKILL);
    else if (!strcmp(way, "_exit") && fflush(stdout) == 0)
        _exit(0);
    else
        return 0;
    return say(argv[2]);
}
