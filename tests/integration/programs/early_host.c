/*
 * A program that is linked with early.c's library.  With arguments, it writes a file itself, before
 * the constructors of all libraries: DT_PREINIT_ARRAY runs first.
 *
 * usage: early_host [open|fopen|kept FILE]
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void early_link(void);

static const char document[] = "[\"new\"]";

static int write_by_open(const char *path, int keep)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (fd < 0 || write(fd, document, strlen(document)) < 0)
        return -1;
    return keep ? 0 : close(fd);
}

static int write_by_fopen(const char *path)
{
    FILE *stream = fopen(path, "w");
    return stream && fputs(document, stream) != EOF ? fclose(stream) : -1;
}

static void before_all(int argc, char **argv, char **environment)
{
    (void)environment;
    if (argc != 3)
        return;
    int result = strcmp(argv[1], "fopen") == 0
                     ? write_by_fopen(argv[2])
                     : write_by_open(argv[2], strcmp(argv[1], "kept") == 0);
    if (result < 0)
        _exit(1);
}

__attribute__((section(".preinit_array"), used)) static void (*const preinit)(int, char **,
                                                                              char **) = before_all;

int main(void)
{
    early_link();
    return 0;
}
