/*
 * Writes a file, and on demand makes a mistake that a memory checker must see.
 *
 * usage: careless none|leak|overrun|descriptor FILE
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Not a constant that the compiler could complain about. */
static volatile size_t block_size = 16;

static void make_mistake(const char *which)
{
    volatile char *memory = malloc(block_size);
    if (!memory)
        return;
    if (strcmp(which, "overrun") == 0)
        memory[block_size] = 1;
    if (strcmp(which, "descriptor") == 0)
        (void)!open("/dev/null", O_RDONLY);
    if (strcmp(which, "leak") != 0)
        free((void *)memory);
}

int main(int argc, char **argv)
{
    static const char document[] = "[\"new\"]";
    if (argc != 3)
        return 2;
    make_mistake(argv[1]);
    for (int round = 0; round < 3; round++) {
        int fd = open(argv[2], O_WRONLY | O_CREAT | O_TRUNC, 0644);
        if (fd < 0 || write(fd, document, strlen(document)) < 0 || close(fd) < 0)
            return 1;
    }
    return 0;
}
