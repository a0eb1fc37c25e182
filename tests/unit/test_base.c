/*
 * What everything else in the library stands on: contract 104, 110, 203, 207, 502, 505.
 *
 * Something that waits for ever ends the test by SIGALRM.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/base/error_name.h"
#include "shim/base/guard.h"
#include "shim/base/high_fd.h"
#include "shim/base/lock.h"
#include "shim/base/path.h"
#include "shim/base/proc.h"
#include "shim/base/quiet.h"
#include "shim/base/text_file.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <cmocka.h>

/* The next descriptor that an open would get. */
static int lowest_fd(void)
{
    int fd = open("/dev/null", O_RDONLY);
    close(fd);
    return fd;
}

/* --- guards --- */

/* As the kernel has it: libc leaves out two signals of its own. */
static uint64_t blocked(void)
{
    uint64_t set = 0;
    sys_call(SYS_rt_sigprocmask, SIG_BLOCK, 0, (long)&set, sizeof set, 0);
    return set;
}

static int cancel_state(void)
{
    int state, ignored;
    assert_int_equal(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state), 0);
    assert_int_equal(pthread_setcancelstate(state, &ignored), 0);
    return state;
}

/* But those that no process can block: signal(7). */
static const uint64_t all_but_sigsys =
    ~(UINT64_C(1) << (SIGSYS - 1) | UINT64_C(1) << (SIGKILL - 1) | UINT64_C(1) << (SIGSTOP - 1));

static void test_207_a_guard_blocks_all_but_sigsys_until_the_outermost_is_left(void **state)
{
    (void)state;
    uint64_t before = blocked();
    guard_enter();
    assert_int_equal(blocked(), all_but_sigsys);
    assert_int_equal(cancel_state(), PTHREAD_CANCEL_DISABLE);
    guard_enter();
    guard_leave();
    assert_int_equal(blocked(), all_but_sigsys);
    assert_int_equal(cancel_state(), PTHREAD_CANCEL_DISABLE);
    guard_leave();
    assert_int_equal(blocked(), before);
    assert_int_equal(cancel_state(), PTHREAD_CANCEL_ENABLE);
}

static void *is_cancelled(void *started)
{
    int type;
    pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &type);
    pthread_cancel(pthread_self());
    *(bool *)started = true;
    guard_test_cancel();
    return started;
}

static void test_207_a_cancelled_thread_ends_at_the_next_cancellation_point(void **state)
{
    (void)state;
    pthread_t thread;
    bool started = false;
    void *result = NULL;
    assert_int_equal(pthread_create(&thread, NULL, is_cancelled, &started), 0);
    assert_int_equal(pthread_join(thread, &result), 0);
    assert_true(started);
    assert_ptr_equal(result, PTHREAD_CANCELED);
}

/* --- the lock --- */

enum { THREADS = 4, ROUNDS = 20000 };

static struct lock lock;
static volatile unsigned counted;

static void *count(void *unused)
{
    for (int i = 0; i < ROUNDS; i++) {
        lock_take(&lock);
        counted = counted + 1;
        lock_release(&lock);
    }
    return unused;
}

static void test_207_one_thread_at_a_time_holds_the_lock_and_each_gets_it(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, count, NULL), 0);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(counted, THREADS * ROUNDS);
}

static void *wait_for_lock(void *unused)
{
    lock_take(&lock);
    lock_release(&lock);
    return unused;
}

static void test_207_who_waits_for_the_lock_is_woken(void **state)
{
    (void)state;
    pthread_t thread;
    lock_take(&lock);
    assert_int_equal(pthread_create(&thread, NULL, wait_for_lock, NULL), 0);
    while (atomic_load(&lock.word) != LOCK_AWAITED)
        sched_yield();
    usleep(10000); /* so that it sleeps, and does not merely look again */
    lock_release(&lock);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(atomic_load(&lock.word), LOCK_FREE);
}

/* --- descriptors --- */

static void test_203_a_descriptor_is_moved_out_of_the_programs_way(void **state)
{
    (void)state;
    int lowest = lowest_fd();
    int moved = high_fd_move(open("/dev/null", O_RDONLY | O_CLOEXEC));
    assert_true(moved >= 960);
    assert_int_equal(fcntl(moved, F_GETFD), FD_CLOEXEC);
    assert_int_equal(lowest_fd(), lowest);
    close(moved);
}

static void test_203_also_below_a_low_limit_and_where_none_is_free(void **state)
{
    (void)state;
    struct rlimit before, limit;
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    limit = before;
    limit.rlim_cur = (rlim_t)fd + 2;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    int only = high_fd_duplicate(fd);
    int none = high_fd_duplicate(fd);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(only, fd + 1);
    assert_int_equal(none, -EMFILE);
    close(only);
    close(fd);
}

/* --- paths --- */

static void test_104_only_the_systems_own_directories_are_the_systems(void **state)
{
    (void)state;
    static const char *const system[] = {"/dev", "/dev/shm", "/proc", "/proc/1", "/sys", "/sys/fs"};
    static const char *const others[] = {"/", "/d", "/devices", "/process", "/system", "/tmp/dev"};
    for (size_t i = 0; i < sizeof system / sizeof system[0]; i++) {
        assert_true(path_is_system(system[i], strlen(system[i])));
        assert_false(path_is_system(others[i], strlen(others[i])));
    }
}

static void test_104_names_of_directories(void **state)
{
    (void)state;
    assert_true(path_name_is_directory("") && path_name_is_directory(".") &&
                path_name_is_directory(".."));
    assert_false(path_name_is_directory("...") || path_name_is_directory(".a") ||
                 path_name_is_directory("a"));
}

static void test_207_a_path_is_copied_as_far_as_there_is_room(void **state)
{
    (void)state;
    static char path[2 * PATH_MAX], directory[PATH_MAX];
    strcpy(path, "a/b/name");
    assert_int_equal(path_directory(path, path_name(path, strlen(path)), directory), 0);
    assert_string_equal(directory, "a/b/");
    assert_int_equal(path_directory("name", "name", directory), 0);
    assert_string_equal(directory, ".");
    memset(path, 'a', NAME_MAX);
    path[NAME_MAX] = '\0';
    assert_int_equal(path_directory(path, path, directory), 0);
    strcat(path, "a");
    assert_int_equal(path_directory(path, path, directory), -ENAMETOOLONG);
    memset(path, '/', PATH_MAX);
    strcpy(path + PATH_MAX, "a");
    assert_int_equal(path_directory(path, path + PATH_MAX, directory), -ENAMETOOLONG);
    assert_int_equal(path_directory(path + 1, path + PATH_MAX, directory), 0);
    assert_int_equal(strlen(directory), PATH_MAX - 1);
}

static void test_207_a_real_path_that_may_have_been_cut_is_none(void **state)
{
    (void)state;
    char path[5];
    int fd = open("/dev", O_PATH | O_CLOEXEC);
    int root = open("/", O_PATH | O_CLOEXEC);
    assert_int_equal(proc_real_path(fd, path, 5), 4);
    assert_memory_equal(path, "/dev", 4);
    assert_int_equal(proc_real_path(fd, path, 4), -ENAMETOOLONG);
    assert_int_equal(proc_real_path(fd, path, 3), -ENAMETOOLONG);
    assert_int_equal(proc_real_directory(fd, path, 5), 4);
    assert_int_equal(proc_real_directory(root, path, 5), 0);
    assert_int_equal(proc_real_path(root, path, 5), 1);
    close(fd);
    close(root);
}

/* --- names of errors --- */

static const char *error_name(int error)
{
    static char name[32];
    struct text text = text_begin(name, sizeof name);
    error_name_add(&text, error);
    return name;
}

static void test_505_an_error_is_told_by_its_name_or_its_number(void **state)
{
    (void)state;
    assert_string_equal(error_name(0), "ok");
    assert_string_equal(error_name(EACCES), "EACCES");
    assert_string_equal(error_name(EPERM), "EPERM");
    assert_string_equal(error_name(ENOSPC), "ENOSPC");
    assert_string_equal(error_name(ESTALE), "ESTALE");
    assert_string_equal(error_name(ERANGE), "ERANGE");
    assert_string_equal(error_name(4000), "4000");
}

/* --- lines --- */

static const char line[] = "a line\n";

static bool write_line(int fd, mode_t type)
{
    uint64_t before = blocked();
    bool written = quiet_write(fd, type, line, sizeof line - 1);
    assert_int_equal(blocked(), before);
    return written;
}

static void fill(int fd)
{
    static const char bytes[4096];
    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    while (write(fd, bytes, sizeof bytes) > 0 || write(fd, bytes, 1) > 0)
        ;
    assert_int_equal(fcntl(fd, F_SETFL, 0), 0);
}

static void test_505_a_line_goes_out_whole(void **state)
{
    (void)state;
    char got[sizeof line] = "";
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_true(write_line(ends[1], S_IFIFO));
    assert_int_equal(read(ends[0], got, sizeof got), sizeof line - 1);
    assert_string_equal(got, line);
    close(ends[0]);
    close(ends[1]);
}

static void test_505_a_line_for_a_full_pipe_or_socket_does_not_wait(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    fill(ends[1]);
    assert_false(write_line(ends[1], S_IFIFO));
    close(ends[0]);
    close(ends[1]);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    fill(ends[1]);
    assert_false(write_line(ends[1], S_IFSOCK));
    close(ends[0]);
    close(ends[1]);
}

static void test_505_a_line_for_a_stopped_terminal_does_not_wait(void **state)
{
    (void)state;
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    assert_true(master >= 0);
    assert_int_equal(grantpt(master) + unlockpt(master), 0);
    int terminal = open(ptsname(master), O_RDWR | O_NOCTTY);
    assert_true(write_line(terminal, S_IFCHR));
    assert_int_equal(tcflow(terminal, TCOOFF), 0);
    assert_false(write_line(terminal, S_IFCHR));
    close(terminal);
    close(master);
}

/* In a child, which a signal would kill. */
static void in_a_child(bool (*act)(void))
{
    int status;
    pid_t child = fork();
    if (child == 0)
        _exit(act() ? 0 : 1);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static bool write_to_nobody(void)
{
    int ends[2];
    bool made = pipe(ends) == 0 && close(ends[0]) == 0;
    return made && !write_line(ends[1], S_IFIFO) && !write_line(ends[1], S_IFREG);
}

static bool write_beyond_the_limit(void)
{
    struct rlimit limit = {3, 3};
    int fd = open("/tmp", O_TMPFILE | O_RDWR, 0600);
    /* Three bytes fit, and the rest of a line does not; then none. */
    return fd >= 0 && setrlimit(RLIMIT_FSIZE, &limit) == 0 && !write_line(fd, S_IFREG) &&
           !write_line(fd, S_IFREG);
}

/* The program blocked it, and has one that it has not looked at yet. */
static bool keeps_what_was_pending(void)
{
    sigset_t set, pending;
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    sigprocmask(SIG_BLOCK, &set, NULL);
    raise(SIGPIPE);
    return write_to_nobody() && sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE) == 1;
}

static void test_505_a_line_that_cannot_be_written_sends_no_signal(void **state)
{
    (void)state;
    in_a_child(write_to_nobody);
    in_a_child(write_beyond_the_limit);
    in_a_child(keeps_what_was_pending);
}

/* --- files of text --- */

static void make(const char *path, off_t size)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    if (size > 0)
        assert_int_equal(write(fd, "text", 4), 4);
    assert_int_equal(ftruncate(fd, size), 0);
    close(fd);
}

static void test_502_a_text_is_a_regular_file_of_any_size_up_to_64_mib(void **state)
{
    (void)state;
    char path[] = "/tmp/test_base.XXXXXX";
    struct text_file file;
    struct statx status;
    int lowest = lowest_fd();
    close(mkstemp(path));
    make(path, 4);
    assert_int_equal(text_file_read(path, &file, &status), 0);
    assert_int_equal(file.length, 4);
    assert_memory_equal(file.text, "text", 4);
    assert_int_equal(status.stx_size, 4);
    text_file_release(&file);
    make(path, 0);
    assert_int_equal(text_file_read(path, &file, &status), 0);
    assert_int_equal(file.length, 0);
    text_file_release(&file);
    make(path, (off_t)64 << 20);
    assert_int_equal(text_file_read(path, &file, &status), 0);
    assert_int_equal(file.length, (size_t)64 << 20);
    text_file_release(&file);
    make(path, ((off_t)64 << 20) + 1);
    assert_int_equal(text_file_read(path, &file, &status), -EFBIG);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(text_file_read(path, &file, &status), -ENOENT);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(text_file_read(path, &file, &status), -EINVAL);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(text_file_read("/tmp", &file, &status), -EINVAL);
    assert_int_equal(lowest_fd(), lowest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_207_a_guard_blocks_all_but_sigsys_until_the_outermost_is_left),
        cmocka_unit_test(test_207_a_cancelled_thread_ends_at_the_next_cancellation_point),
        cmocka_unit_test(test_207_one_thread_at_a_time_holds_the_lock_and_each_gets_it),
        cmocka_unit_test(test_207_who_waits_for_the_lock_is_woken),
        cmocka_unit_test(test_203_a_descriptor_is_moved_out_of_the_programs_way),
        cmocka_unit_test(test_203_also_below_a_low_limit_and_where_none_is_free),
        cmocka_unit_test(test_104_only_the_systems_own_directories_are_the_systems),
        cmocka_unit_test(test_104_names_of_directories),
        cmocka_unit_test(test_207_a_path_is_copied_as_far_as_there_is_room),
        cmocka_unit_test(test_207_a_real_path_that_may_have_been_cut_is_none),
        cmocka_unit_test(test_505_an_error_is_told_by_its_name_or_its_number),
        cmocka_unit_test(test_505_a_line_goes_out_whole),
        cmocka_unit_test(test_505_a_line_for_a_full_pipe_or_socket_does_not_wait),
        cmocka_unit_test(test_505_a_line_for_a_stopped_terminal_does_not_wait),
        cmocka_unit_test(test_505_a_line_that_cannot_be_written_sends_no_signal),
        cmocka_unit_test(test_502_a_text_is_a_regular_file_of_any_size_up_to_64_mib),
    };
    alarm(20);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
