/*
 * Writes the document "[1,2]" in two parts to a descriptor, and ends in some way, in the middle or
 * afterwards.
 *
 * usage: half ENDING            to standard output
 *        half ENDING FILE       opens it itself
 *        half rest FD           the second part only
 *
 * ENDING  exit, exit-1, _exit      after both parts
 *         TERM, KILL               by this signal, after the first
 *         full                     after much more than fits, whatever write(2) said
 *         exec, exec-static, exec-without    after the first: $REST writes the second one, this
 * very program; a static one; this one, unable to load the library
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void put(int fd, const char *text)
{
    if (write(fd, text, strlen(text)) < 0)
        _exit(3);
}

static void fill(int fd)
{
    static char page[4096];
    memset(page, ' ', sizeof page);
    for (int i = 0; i < 64; i++)
        (void)!write(fd, page, sizeof page);
}

static int execute(const char *program, int fd)
{
    char number[12];
    if (!program)
        return 6;
    snprintf(number, sizeof number, "%d", fd);
    execl(program, program, "rest", number, (char *)NULL);
    return 4;
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return 2;
    const char *ending = argv[1];
    if (!strcmp(ending, "rest") && argc == 3) {
        put(atoi(argv[2]), "2]\n");
        return 0;
    }
    int fd = argc < 3 ? 1 : open(argv[2], O_WRONLY | O_CREAT | O_TRUNC, 0644);
    put(fd, "[1,");
    if (!strcmp(ending, "TERM"))
        raise(SIGTERM);
    else if (!strcmp(ending, "KILL"))
        raise(SIGKILL);
    else if (!strcmp(ending, "full"))
        fill(fd);
    else if (!strcmp(ending, "exec"))
        return execute(argv[0], fd);
    else if (!strcmp(ending, "exec-static"))
        return execute(getenv("REST_STATIC"), fd);
    else if (!strcmp(ending, "exec-without"))
        return setenv("LD_PRELOAD", "/nonexistent/libowneronly.so", 1) ? 5 : execute(argv[0], fd);
    else
        put(fd, "2]\n");
    if (!strcmp(ending, "_exit"))
        _exit(0);
    return !strcmp(ending, "exit-1");
}
