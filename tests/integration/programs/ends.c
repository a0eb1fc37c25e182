/*
 * Writes the document "[1,2]" in two parts and ends, leaving it to an end of the process to finish
 * and to close it.
 *
 * usage: ends WAY FILE
 *
 * WAY     who writes the second part, or what ends it: see main()
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "last_words.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

static FILE *stream;

static void write_second(void)
{
    fputs("2]", stream);
}

static void write_second_and_flush(void)
{
    write_second();
    fflush(stream);
}

static void end_now(int unused)
{
    (void)unused;
    _exit(0);
}

/* Lines of 100,000 bytes, until a signal ends the process in the middle of something. */
static void write_until_interrupted(const char *microseconds)
{
    static char line[100001];
    struct itimerval soon = {.it_value = {0, atoi(microseconds)}};
    memset(line, 'x', sizeof line - 2);
    line[sizeof line - 2] = '\n';
    signal(SIGALRM, end_now);
    setitimer(ITIMER_REAL, &soon, NULL);
    for (;;) {
        fputs(line, stream);
        fflush(stream);
    }
}

/* The second part through another stream, of the same descriptor or of a duplicate. */
static int write_second_through(FILE *other)
{
    fflush(stream);
    fputs("2]", other);
    return other ? 0 : 1;
}

int main(int argc, char **argv)
{
    if (argc < 3 || !(stream = fopen(argv[2], "w")))
        return 2;
    const char *way = argv[1];
    if (!strcmp(way, "interrupted") && argc == 4)
        write_until_interrupted(argv[3]);
    fputs("[1,", stream);
    if (!strcmp(way, "destructor"))
        last_words_of_destructor = stream;
    else if (!strcmp(way, "library-handler"))
        last_words_of_handler = stream;
    else if (!strcmp(way, "handler"))
        return atexit(write_second);
    else if (!strcmp(way, "same-descriptor"))
        return write_second_through(fdopen(fileno(stream), "w"));
    else if (!strcmp(way, "duplicate"))
        return write_second_through(fdopen(dup(fileno(stream)), "w"));
    else if (!strcmp(way, "standard-output"))
        return dup2(fileno(stream), 1) < 0 ? 1 : write_second_through(stdout);
    else if (!strcmp(way, "quick") && at_quick_exit(write_second_and_flush) == 0)
        quick_exit(0);
    else if (!strcmp(way, "quick-unflushed") && at_quick_exit(write_second) == 0)
        quick_exit(0);
    else if (!strcmp(way, "at-once-unflushed") && fflush(stream) == 0 && fputs("2]", stream) >= 0)
        _exit(0);
    else if (!strcmp(way, "by-number-unflushed") && fflush(stream) == 0 && fputs("2]", stream) >= 0)
        syscall(SYS_exit_group, 0);
    else if (!strcmp(way, "at-once") && fputs("2]", stream) >= 0 && fflush(stream) == 0)
        _exit(0);
    else
        return 2;
    return 0;
}
