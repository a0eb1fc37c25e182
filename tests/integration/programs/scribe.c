/*
 * Writes documents to one name, one after the other, whatever stands there.
 *
 * usage: scribe FILE COUNT truncate|append [SEED]
 *
 * Ends after so many documents, or seconds; says how many it were, and how often a call failed.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "document.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define SECONDS 4

static void interrupt(int signal)
{
    (void)signal;
}

/* A FIFO without a reader would keep a plain open for ever. */
static void interrupt_often(void)
{
    struct sigaction action = {.sa_handler = interrupt};
    struct itimerval tenth = {{0, 100000}, {0, 100000}};
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &tenth, NULL);
    signal(SIGPIPE, SIG_IGN);
}

/* In two pieces, as stdio would. */
static bool write_document(const char *path, int flags, unsigned seed)
{
    char text[DOCUMENT_MAX];
    size_t length = document_make(text, seed);
    size_t half = length / 2;
    int fd = open(path, flags, 0644);
    if (fd < 0)
        return false;
    bool written = write(fd, text, half) == (ssize_t)half &&
                   write(fd, text + half, length - half) == (ssize_t)(length - half);
    return close(fd) == 0 && written;
}

int main(int argc, char **argv)
{
    if (argc < 4)
        return 2;
    unsigned count = (unsigned)atoi(argv[2]);
    unsigned seed = argc > 4 ? (unsigned)atoi(argv[4]) : 1;
    int flags = O_WRONLY | O_CREAT | (strcmp(argv[3], "append") == 0 ? O_APPEND : O_TRUNC);
    unsigned written = 0;
    unsigned failed = 0;
    time_t end = time(NULL) + SECONDS;
    interrupt_often();
    while (written < count && time(NULL) <= end) {
        if (write_document(argv[1], flags, seed + written * 7919))
            written++;
        else
            failed++;
    }
    printf("written %u failed %u\n", written, failed);
    return 0;
}
