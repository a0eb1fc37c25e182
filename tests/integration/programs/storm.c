/*
 * A storm of signals, or of cancellations, over a program that opens, writes and closes protected
 * files and others, forks and execs.
 *
 * usage: storm KIND DIRECTORY ROUNDS
 *
 *   jump    handlers jump out of whatever they interrupt (siglongjmp), and write files themselves;
 *           a round is a jump out of an open and one out of a close, however many writes that takes
 *   exit    forked children end in a handler, by _exit(2)
 *   exec    forked children give what they opened to a new program, while handlers jump
 *   cancel  threads are cancelled, deferred and asynchronously, and leave streams behind
 *   emit    what exec starts: a document onto standard output
 *
 * Whatever happens, each file is one whole document whenever it is looked at; in the end no
 * descriptor is left that was not there before, no name is taken for pending, and everything works.
 * Exit status 1, and a line a finding, if that is not so.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NAMES 4
#define THREADS 4
/* Below the descriptors that the library keeps. */
#define PROGRAM_FDS 300
/* Nothing here takes long: what has not ended by then hangs. */
#define PATIENCE 300
/* Of the signals; a redirected write takes a few of these. */
#define INTERVAL_NS 30000

static const char document[] = "{\"begin\":true,\"padding\":\"0123456789abcdef\",\"end\":true}\n";

enum phase { ELSEWHERE, OPENING, WRITING, CLOSING, PHASES };

static const char *directory;
static const char *self;
static long rounds;
static atomic_int findings;
static atomic_ulong state = 88172645463325252UL;
static volatile sig_atomic_t phase;
static volatile sig_atomic_t may_jump;
static volatile sig_atomic_t signals_until_exit;
/* Shared with all children. */
static struct counts {
    atomic_long signals, exits, jumps[PHASES];
} * counts;
static sigjmp_buf start;

/* The first few say what there is to say. */
static void find(const char *what, const char *path)
{
    if (atomic_fetch_add(&findings, 1) < 20)
        fprintf(stderr, "storm: %s: %s: %s\n", what, path, strerror(errno));
}

/* xorshift: what a handler may call, too. */
static unsigned random_below(unsigned limit)
{
    unsigned long x = atomic_load(&state);
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    atomic_store(&state, x);
    return (unsigned)(x >> 33) % limit;
}

/* Async-signal-safe, unlike snprintf(3). */
static void make_path(char *path, int number)
{
    char *end = stpcpy(path, directory);
    *end++ = '/';
    *end++ = (char)('0' + number);
    strcpy(end, "_client_api_config.json");
}

static void make_other_path(char *path)
{
    strcpy(stpcpy(path, directory), "/other");
}

static void write_one(const char *path)
{
    phase = OPENING;
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    phase = WRITING;
    if (fd < 0 || write(fd, document, sizeof document - 1) != sizeof document - 1)
        find("cannot be written", path);
    /* By name and by descriptor, as careful programs do. */
    struct stat status;
    if (fstat(fd, &status) < 0 || stat(path, &status) < 0 || chmod(path, 0600) < 0 ||
        access(path, R_OK) < 0)
        find("cannot be looked at", path);
    phase = CLOSING;
    if (random_below(4) == 0) {
        int copy = dup(fd);
        if (copy < 0 || close(copy) < 0)
            find("cannot be duplicated", path);
    }
    if (close(fd) < 0)
        find("cannot be closed", path);
    phase = ELSEWHERE;
}

/* As a handler does it: nothing of this is known to what it interrupts. */
static void write_inside(const char *path)
{
    sig_atomic_t interrupted = phase;
    write_one(path);
    phase = interrupted;
}

static void strike(int signal)
{
    int saved = errno;
    char path[PATH_MAX];
    (void)signal;
    atomic_fetch_add(&counts->signals, 1);
    if (signals_until_exit > 0 && --signals_until_exit == 0) {
        atomic_fetch_add(&counts->exits, 1);
        _exit(0);
    }
    switch (random_below(8)) {
    case 0:
        make_path(path, (int)random_below(NAMES));
        write_inside(path);
        break;
    case 1:
        make_other_path(path);
        write_inside(path);
        break;
    case 2:
    case 3:
    case 4:
        if (may_jump) {
            may_jump = 0;
            atomic_fetch_add(&counts->jumps[phase], 1);
            siglongjmp(start, 1);
        }
        break;
    default:
        break;
    }
    errno = saved;
}

/* SIGURG, because a new program ignores it.  The timer ends with the program, and is not forked. */
static timer_t begin_storm(void)
{
    struct sigaction action = {.sa_handler = strike, .sa_flags = SA_RESTART};
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGURG};
    struct itimerspec interval = {{0, INTERVAL_NS}, {0, INTERVAL_NS}};
    timer_t timer;
    sigaction(SIGURG, &action, NULL);
    if (timer_create(CLOCK_MONOTONIC, &event, &timer) < 0 ||
        timer_settime(timer, 0, &interval, NULL) < 0)
        err(1, "timer");
    return timer;
}

static void end_storm(timer_t timer)
{
    timer_delete(timer);
    signal(SIGURG, SIG_IGN);
}

/* What a jump left open, through the library like everything else. */
static void close_all(void)
{
    for (int fd = 3; fd < PROGRAM_FDS; fd++)
        close(fd);
}

static int count_descriptors(void)
{
    int count = 0;
    DIR *entries = opendir("/proc/self/fd");
    while (entries && readdir(entries))
        count++;
    if (entries)
        closedir(entries);
    return count;
}

static void check(const char *path)
{
    char text[sizeof document + 1];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        if (errno != ENOENT)
            find("cannot be read", path);
        return;
    }
    errno = 0;
    ssize_t length = read(fd, text, sizeof text);
    if (length != sizeof document - 1 || memcmp(text, document, sizeof document - 1) != 0)
        find("is not one whole document", path);
    close(fd);
}

static void check_all(void)
{
    char path[PATH_MAX];
    for (int number = 0; number < NAMES; number++) {
        make_path(path, number);
        check(path);
    }
}

/* An empty file may stand where none stood before, if a jump left it so (310). */
static void begin_whole(void)
{
    char path[PATH_MAX];
    for (int number = 0; number < NAMES; number++) {
        make_path(path, number);
        write_one(path);
    }
}

/* Nothing is taken for pending that is not, and a write does what it should. */
static void check_that_all_works(void)
{
    char path[PATH_MAX];
    for (int number = 0; number < NAMES; number++) {
        make_path(path, number);
        if (unlink(path) < 0 && errno != ENOENT)
            find("cannot be removed", path);
        int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
        if (fd < 0 || write(fd, document, sizeof document - 1) < 0 || close(fd) < 0)
            find("cannot be made anew", path);
        if (access(path, F_OK) < 0)
            find("is not there after its close", path);
    }
    check_all();
}

static void jump(void)
{
    char path[PATH_MAX];
    timer_t timer = begin_storm();
    while (atomic_load(&counts->jumps[OPENING]) < rounds ||
           atomic_load(&counts->jumps[CLOSING]) < rounds) {
        if (sigsetjmp(start, 1) == 0) {
            may_jump = 1;
            if (random_below(4) == 0)
                make_other_path(path);
            else
                make_path(path, (int)random_below(NAMES));
            write_one(path);
            may_jump = 0;
        } else {
            close_all();
            check_all();
        }
    }
    end_storm(timer);
}

static void wait_for(pid_t child)
{
    int status;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    errno = 0;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        find(WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "failed", "a child");
    check_all();
}

static void end_in_a_handler(void)
{
    char path[PATH_MAX];
    for (long round = 0; round < rounds; round++) {
        pid_t child = fork();
        if (child == 0) {
            signals_until_exit = 1 + (int)round % 16;
            (void)begin_storm();
            for (;;) {
                make_path(path, (int)random_below(NAMES));
                write_one(path);
            }
        }
        (void)random_below(2);
        wait_for(child);
    }
}

static void give_to_a_new_program(const char *path)
{
    (void)begin_storm();
    (void)sigsetjmp(start, 1);
    close_all();
    phase = OPENING;
    may_jump = 1;
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    phase = CLOSING;
    if (fd < 0)
        _exit(2);
    /* What an earlier jump left on it was empty, which is refused now. */
    (void)dup2(fd, STDOUT_FILENO);
    if (close(fd) < 0)
        _exit(2);
    may_jump = 0;
    execl(self, self, "emit", directory, "1", NULL);
    _exit(3);
}

static void exec_others(void)
{
    char path[PATH_MAX];
    for (long round = 0; round < rounds; round++) {
        make_path(path, (int)random_below(NAMES));
        pid_t child = fork();
        if (child == 0)
            give_to_a_new_program(path);
        wait_for(child);
    }
}

/* Without a buffer: what a stream that nobody closes any more holds back is nobody's. */
static void write_stream(const char *path)
{
    FILE *stream = fopen(path, "we");
    if (!stream) {
        find("cannot be opened as a stream", path);
        return;
    }
    setvbuf(stream, NULL, _IONBF, 0);
    if (fwrite(document, 1, sizeof document - 1, stream) != sizeof document - 1)
        find("cannot be written as a stream", path);
    if (fclose(stream) != 0)
        find("cannot be closed as a stream", path);
}

static atomic_int started;

static void *write_on(void *argument)
{
    char path[PATH_MAX];
    bool asynchronous = argument != NULL;
    /* The type is set last: nothing else here may be cancelled anywhere. */
    atomic_fetch_add(&started, 1);
    if (asynchronous)
        pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    for (int round = 0;; round++) {
        make_path(path, (int)random_below(NAMES));
        if (asynchronous || round % 2 == 0)
            write_one(path);
        else
            write_stream(path);
    }
    return NULL;
}

static void cancel(void)
{
    pthread_t threads[THREADS];
    for (long round = 0; round < rounds; round++) {
        atomic_store(&started, 0);
        for (int i = 0; i < THREADS; i++)
            if (pthread_create(&threads[i], NULL, write_on, round % 2 ? threads : NULL) != 0)
                errx(1, "no thread");
        while (atomic_load(&started) < THREADS)
            sched_yield();
        for (unsigned spin = random_below(200); spin > 0; spin--)
            sched_yield();
        for (int i = 0; i < THREADS; i++)
            pthread_cancel(threads[i]);
        for (int i = 0; i < THREADS; i++)
            pthread_join(threads[i], NULL);
        close_all();
        /* Hangs on a stream that was left locked. */
        if (round % 2 == 0)
            fflush(NULL);
        check_all();
    }
}

static void hang(int signal)
{
    static const char text[] = "storm: hangs\n";
    (void)signal;
    (void)!write(STDERR_FILENO, text, sizeof text - 1);
    _exit(1);
}

static const struct {
    const char *name;
    void (*run)(void);
} kinds[] = {{"jump", jump}, {"exit", end_in_a_handler}, {"exec", exec_others}, {"cancel", cancel}};

static int emit(void)
{
    return write(STDOUT_FILENO, document, sizeof document - 1) == sizeof document - 1 ? 0 : 4;
}

int main(int argc, char **argv)
{
    if (argc != 4)
        errx(2, "usage: storm KIND DIRECTORY ROUNDS");
    self = argv[0];
    directory = argv[2];
    rounds = atol(argv[3]);
    if (strcmp(argv[1], "emit") == 0)
        return emit();
    counts = mmap(NULL, sizeof *counts, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (counts == MAP_FAILED)
        err(1, "mmap");
    signal(SIGALRM, hang);
    alarm(PATIENCE);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(kinds[i].name, argv[1]) != 0)
            continue;
        close_all();
        begin_whole();
        int before = count_descriptors();
        kinds[i].run();
        close_all();
        int after = count_descriptors();
        errno = 0;
        if (after != before)
            find("descriptors are left", after > before ? "more" : "fewer");
        check_that_all_works();
        printf("%s: %ld rounds, %ld signals, %ld exits, jumps out of open %ld, write %ld, close "
               "%ld: %d findings\n",
               argv[1], rounds, atomic_load(&counts->signals), atomic_load(&counts->exits),
               atomic_load(&counts->jumps[OPENING]), atomic_load(&counts->jumps[WRITING]),
               atomic_load(&counts->jumps[CLOSING]), atomic_load(&findings));
        return atomic_load(&findings) > 0;
    }
    errx(2, "no such kind: %s", argv[1]);
}
