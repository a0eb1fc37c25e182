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
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
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

static void exit_by_number(int status)
{
    syscall(SYS_exit_group, status);
}

static void exit_thread_by_number(int status)
{
    syscall(SYS_exit, status);
}

static void end_at_once(bool flushes, void (*end)(int))
{
    write_second();
    if (flushes)
        fflush(stream);
    end(0);
}

static void *end_thread(void *unused)
{
    exit_thread_by_number(0);
    return unused;
}

/* What the stream holds back then is nobody's business but this thread's. */
static int end_another_thread(void)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, end_thread, NULL) != 0 || pthread_join(thread, NULL) != 0)
        return 1;
    write_second();
    return 0;
}

static void end_quickly(void (*handler)(void))
{
    if (at_quick_exit(handler) == 0)
        quick_exit(0);
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
    else if (!strncmp(way, "quick", 5))
        end_quickly(way[5] ? write_second : write_second_and_flush);
    else if (!strcmp(way, "at-once-unflushed") && fflush(stream) == 0)
        end_at_once(false, _exit);
    else if (!strcmp(way, "by-number-unflushed") && fflush(stream) == 0)
        end_at_once(false, exit_by_number);
    else if (!strcmp(way, "only-thread"))
        end_at_once(true, exit_thread_by_number);
    else if (!strcmp(way, "only-thread-unflushed") && fflush(stream) == 0)
        end_at_once(false, exit_thread_by_number);
    else if (!strcmp(way, "another-thread"))
        return end_another_thread();
    else if (!strcmp(way, "at-once"))
        end_at_once(true, _exit);
    else
        return 2;
    return 0;
}
