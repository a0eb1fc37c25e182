/*
 * Protected writes where signals and cancellation strike.
 *
 * usage: interrupted handler|closer|cancelled|cancelled-stream FILE
 *
 *   handler    a signal handler writes FILE, while what it interrupts writes it too
 *   closer     a signal handler closes what the program opened
 *   cancelled  a thread is cancelled at its close(2), which is a cancellation point
 *   cancelled-stream  the same at its fclose(3); all streams can be flushed afterwards
 *
 * Exit status 1, with a line on standard error, if a call fails.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define HANDLED_MIN 1000

static const char *file;
static pthread_t main_thread;
static atomic_int handled;
static atomic_int failures;
static atomic_bool done;
static volatile sig_atomic_t descriptor;

static int open_and_write(void)
{
    static const char document[] = "{\"whole\":true}";
    int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0 || write(fd, document, sizeof document - 1) != sizeof document - 1)
        atomic_fetch_add(&failures, 1);
    return fd;
}

static void write_all(int signal)
{
    int saved = errno;
    (void)signal;
    if (close(open_and_write()) < 0)
        atomic_fetch_add(&failures, 1);
    atomic_fetch_add(&handled, 1);
    errno = saved;
}

static void close_it(int signal)
{
    (void)signal;
    if (close(descriptor) < 0)
        atomic_fetch_add(&failures, 1);
    atomic_fetch_add(&handled, 1);
}

static void handle(void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler};
    sigaction(SIGUSR1, &action, NULL);
}

static void *strike(void *unused)
{
    (void)unused;
    for (int seen = -1; !atomic_load(&done);) {
        int now = atomic_load(&handled);
        if (now != seen) /* one at a time, or nothing but signals would run */
            pthread_kill(main_thread, SIGUSR1);
        seen = now;
    }
    return NULL;
}

static void in_a_handler(void)
{
    pthread_t thread;
    handle(write_all);
    main_thread = pthread_self();
    pthread_create(&thread, NULL, strike, NULL);
    while (atomic_load(&handled) < HANDLED_MIN && atomic_load(&failures) == 0)
        if (close(open_and_write()) < 0)
            atomic_fetch_add(&failures, 1);
    atomic_store(&done, true);
    pthread_join(thread, NULL);
}

static void by_a_handler(void)
{
    handle(close_it);
    descriptor = open_and_write();
    raise(SIGUSR1);
}

static void *cancel_itself(void *unused)
{
    (void)unused;
    int fd = open_and_write();
    pthread_cancel(pthread_self());
    close(fd);
    return NULL;
}

static void *cancel_itself_at_a_stream(void *unused)
{
    (void)unused;
    FILE *stream = fopen(file, "w");
    if (!stream || fputs("{\"whole\":true}", stream) < 0)
        atomic_fetch_add(&failures, 1);
    pthread_cancel(pthread_self());
    fclose(stream);
    return NULL;
}

/* A stream that was left locked is waited for, until SIGALRM. */
static void flush_all(void)
{
    alarm(10);
    fflush(NULL);
    alarm(0);
}

static void cancelled(void *(*thread_function)(void *))
{
    pthread_t thread;
    void *result;
    pthread_create(&thread, NULL, thread_function, NULL);
    pthread_join(thread, &result);
    if (result != PTHREAD_CANCELED)
        errx(1, "the thread was not cancelled");
}

int main(int argc, char **argv)
{
    if (argc != 3)
        errx(2, "usage: interrupted handler|closer|cancelled|cancelled-stream FILE");
    file = argv[2];
    if (strcmp(argv[1], "handler") == 0)
        in_a_handler();
    else if (strcmp(argv[1], "closer") == 0)
        by_a_handler();
    else if (strcmp(argv[1], "cancelled") == 0)
        cancelled(cancel_itself);
    else
        cancelled(cancel_itself_at_a_stream);
    flush_all();
    if (atomic_load(&failures) != 0)
        errx(1, "%d calls failed", atomic_load(&failures));
    /* What a destructor would publish does not count. */
    if (access(file, F_OK) < 0)
        err(1, "%s", file);
    return 0;
}
