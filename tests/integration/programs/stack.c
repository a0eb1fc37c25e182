/*
 * How much stack calls of files take, and whether little of it is enough.
 *
 * usage: stack WHAT PATH [PROGRAM]
 *
 *   open, close, fopen, fclose, update, append, truncate, exec, exec-early, much
 *            prints the bytes of stack that the call used: it is painted before
 *   thread   opens, writes and closes PATH in a thread with the smallest stack there is
 *   signal   the same in a handler, on an alternate stack of 8 kB
 *
 * exec is of PROGRAM, which is examined and then fails with E2BIG; exec-early is of one that cannot
 * have the library, and fails with ENOEXEC.  Exit status 1, with a line on standard error, if a
 * call fails.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <alloca.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEPTH (64 * 1024)
#define PAINT 0x5a
#define THREAD_STACK 16384
#define SIGNAL_STACK 8192

/* execve(2): one argument may have 32 pages. */
#define TOO_LARGE (1 << 20)

/* What the caller of this program put there. */
#define OLD_LENGTH 7

static const char document[] = "[\"whole\"]";
static const char *path;
static char *program;
static char *large;
static int fd = -1;
static FILE *stream;

static void open_it(void)
{
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
}

static void write_it(void)
{
    if (fd < 0 || write(fd, document, sizeof document - 1) != sizeof document - 1)
        err(1, "%s", path);
}

static void close_it(void)
{
    if (close(fd) < 0)
        err(1, "%s", path);
}

static void update_it(void)
{
    fd = open(path, O_RDWR | O_CLOEXEC);
}

static void append_it(void)
{
    fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
}

static void fopen_it(void)
{
    stream = fopen(path, "we");
}

static void fwrite_it(void)
{
    if (!stream || fputs(document, stream) < 0)
        err(1, "%s", path);
}

static void fclose_it(void)
{
    if (fclose(stream) != 0)
        err(1, "%s", path);
}

static void truncate_it(void)
{
    if (truncate(path, OLD_LENGTH) < 0)
        err(1, "%s", path);
}

static void write_and_close(void)
{
    write_it();
    close_it();
}

static void fwrite_and_fclose(void)
{
    fwrite_it();
    fclose_it();
}

static void open_and_write(void)
{
    open_it();
    write_it();
}

static void fopen_and_fwrite(void)
{
    fopen_it();
    fwrite_it();
}

/* As a shell has it: without O_CLOEXEC. */
static void open_to_stay(void)
{
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
}

static void exec_it(void)
{
    char *arguments[] = {program, large, NULL};
    execv(program, arguments);
    if (errno != E2BIG)
        err(1, "%s", program);
}

static void exec_another(void)
{
    char *arguments[] = {program, NULL};
    execv(program, arguments);
    if (errno != ENOEXEC)
        err(1, "%s", program);
}

/* More than any of these may take. */
static void take_much(void)
{
    volatile char *area = alloca(9000);
    for (size_t i = 0; i < 9000; i++)
        area[i] = 0;
}

static void nothing(void)
{
}

static const struct {
    const char *name;
    void (*before)(void);
    void (*call)(void);
    void (*after)(void);
} kinds[] = {
    {"open", nothing, open_it, write_and_close},
    {"update", nothing, update_it, close_it},
    {"append", nothing, append_it, close_it},
    {"close", open_and_write, close_it, nothing},
    {"fopen", nothing, fopen_it, fwrite_and_fclose},
    {"fclose", fopen_and_fwrite, fclose_it, nothing},
    {"truncate", nothing, truncate_it, nothing},
    {"exec", open_to_stay, exec_it, write_and_close},
    {"exec-early", open_to_stay, exec_another, write_and_close},
    {"much", nothing, take_much, nothing},
};

/* Where the frames of the next call will be: the stack grows down wherever the library runs. */
static __attribute__((noinline)) void paint(void)
{
    volatile unsigned char *area = alloca(DEPTH);
    for (size_t i = 0; i < DEPTH; i++)
        area[i] = PAINT;
}

static __attribute__((noinline)) size_t measure(void (*call)(void))
{
    volatile unsigned char here = PAINT;
    paint();
    call();
    volatile unsigned char *lowest = &here - DEPTH / 2;
    while (*lowest == PAINT && lowest < &here)
        lowest++;
    return (size_t)(&here - lowest);
}

static void *write_all(void *unused)
{
    (void)unused;
    open_it();
    write_it();
    close_it();
    return NULL;
}

static void in_a_thread(void)
{
    pthread_attr_t attributes;
    pthread_t thread;
    pthread_attr_init(&attributes);
    if (pthread_attr_setstacksize(&attributes, THREAD_STACK) != 0 ||
        pthread_create(&thread, &attributes, write_all, NULL) != 0)
        errx(1, "no thread with a stack of %d bytes", THREAD_STACK);
    pthread_join(thread, NULL);
}

static void handle(int signal)
{
    (void)signal;
    (void)write_all(NULL);
}

static void in_a_handler(void)
{
    stack_t stack = {.ss_sp = malloc(SIGNAL_STACK), .ss_size = SIGNAL_STACK};
    struct sigaction action = {.sa_handler = handle, .sa_flags = SA_ONSTACK};
    if (!stack.ss_sp || sigaltstack(&stack, NULL) < 0)
        err(1, "sigaltstack");
    sigaction(SIGUSR1, &action, NULL);
    raise(SIGUSR1);
}

int main(int argc, char **argv)
{
    if (argc < 3)
        errx(2, "usage: stack WHAT PATH [PROGRAM]");
    path = argv[2];
    program = argv[3];
    if (strcmp(argv[1], "thread") == 0) {
        in_a_thread();
        return 0;
    }
    if (strcmp(argv[1], "signal") == 0) {
        in_a_handler();
        return 0;
    }
    large = malloc(TOO_LARGE);
    if (!large)
        err(1, "malloc");
    memset(large, 'x', TOO_LARGE - 1);
    large[TOO_LARGE - 1] = '\0';
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(kinds[i].name, argv[1]) != 0)
            continue;
        kinds[i].before();
        size_t used = measure(kinds[i].call);
        kinds[i].after();
        printf("%zu\n", used);
        return 0;
    }
    errx(2, "no such call: %s", argv[1]);
}
