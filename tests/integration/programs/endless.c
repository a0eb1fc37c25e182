/*
 * Ends while its threads write files one after the other, without a pause and without an end.
 *
 * usage: endless exit|_exit|exec
 *
 * The files are 0.token and so on, in the working directory; all are there before it ends.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <err.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define THREADS 8

static char names[THREADS][sizeof "0.token"];

static void *write_on(void *name)
{
    for (;;) {
        int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0644);
        if (fd < 0 || write(fd, "whole", 5) != 5 || close(fd) < 0)
            err(1, "%s", (const char *)name);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    const char *way = argc == 2 ? argv[1] : "";
    pthread_t thread;
    for (int i = 0; i < THREADS; i++) {
        strcpy(names[i], "0.token");
        names[i][0] = (char)('0' + i);
        if (pthread_create(&thread, NULL, write_on, names[i]) != 0)
            errx(1, "no thread");
    }
    for (int i = 0; i < THREADS; i++)
        while (access(names[i], F_OK) < 0)
            sched_yield();
    if (strcmp(way, "exit") == 0)
        exit(0);
    if (strcmp(way, "_exit") == 0)
        _exit(0);
    if (strcmp(way, "exec") == 0)
        execl("/bin/true", "true", NULL);
    errx(2, "usage: endless exit|_exit|exec");
}
