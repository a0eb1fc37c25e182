/*
 * A shared library whose constructor writes a protected file: preloaded or linked, it can run
 * before any constructor of another library.  The environment says what it does:
 *
 *     EARLY_FILE  the file
 *     EARLY_BY    "open" or "fopen", closed by the constructor; "kept" is left open to the end
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void early_link(void);

static const char document[] = "[\"new\"]";

/* For programs that are to be linked with this library. */
__attribute__((visibility("default"))) void early_link(void)
{
}

static void write_by_open(const char *path, int keep)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (fd < 0 || write(fd, document, strlen(document)) < 0 || (!keep && close(fd) < 0))
        _exit(1);
}

static void write_by_fopen(const char *path)
{
    FILE *stream = fopen(path, "w");
    if (!stream || fputs(document, stream) == EOF || fclose(stream) != 0)
        _exit(1);
}

__attribute__((constructor(101))) static void write_early(void)
{
    const char *path = getenv("EARLY_FILE");
    const char *by = getenv("EARLY_BY");
    if (!path || !by)
        return;
    if (strcmp(by, "fopen") == 0)
        write_by_fopen(path);
    else
        write_by_open(path, strcmp(by, "kept") == 0);
}
