/*
 * Which descriptors stand for a pending file, and what ends it: contract 106, 203, 301, 306, 309,
 * 403.
 *
 * The layers below the hooks, without them: what libc would be told is said here by hand.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/config/config.h"
#include "shim/pending/pending.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define NAME "secret"

static const struct policy_rule rule = {.name = "test", .mode = 0600, .group = POLICY_NO_GROUP};

static int make_directory(void **state)
{
    static char path[64];
    snprintf(path, sizeof path, "/tmp/test_pending.XXXXXX");
    *state = mkdtemp(path);
    return *state && chdir(path) == 0 ? 0 : -1;
}

static int remove_directory(void **state)
{
    unlink(NAME);
    return chdir("/") == 0 ? rmdir(*state) : -1;
}

static int open_pending(int flags)
{
    int directory = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    return pending_open(directory, NAME, flags | O_WRONLY | O_CREAT, 0666, &rule);
}

static int release_and_close(int fd)
{
    int result = pending_release(fd);
    close(fd);
    return result;
}

static bool stands(void)
{
    return access(NAME, F_OK) == 0;
}

static bool is_private(void)
{
    struct stat status;
    return stat(NAME, &status) == 0 && (status.st_mode & 07777) == 0600;
}

static void test_203_the_lowest_free_descriptor_and_the_flags_asked_for(void **state)
{
    (void)state;
    int lowest = open("/dev/null", O_RDONLY);
    close(lowest);
    int fd = open_pending(O_TRUNC | O_APPEND | O_CLOEXEC);
    assert_int_equal(fd, lowest);
    assert_true(fcntl(fd, F_GETFL) & O_APPEND);
    assert_int_equal(fcntl(fd, F_GETFL) & O_ACCMODE, O_WRONLY);
    assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
    assert_int_equal(release_and_close(fd), 0);
}

static void test_301_the_last_alias_publishes(void **state)
{
    (void)state;
    int fd = open_pending(O_TRUNC);
    int copy = dup(fd);
    pending_alias(fd, copy);
    assert_true(pending_tracks(fd) && pending_tracks(copy));
    assert_int_equal(release_and_close(fd), 0);
    assert_false(stands());
    assert_false(pending_tracks(fd));
    assert_int_equal(write(copy, "x", 1), 1);
    assert_int_equal(release_and_close(copy), 0);
    struct stat status;
    assert_int_equal(stat(NAME, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    assert_int_equal(status.st_size, 1);
}

static void test_301_another_descriptor_is_none_of_its_business(void **state)
{
    (void)state;
    int fd = open_pending(O_TRUNC);
    int other = open("/dev/null", O_RDONLY);
    assert_false(pending_tracks(other));
    assert_int_equal(release_and_close(other), 0);
    assert_false(pending_tracks(-1));
    assert_false(pending_tracks(PENDING_FD_MAX));
    assert_int_equal(release_and_close(fd), 0);
    assert_true(stands());
}

static void test_301_a_number_reused_behind_its_back_is_not_published(void **state)
{
    (void)state;
    int fd = open_pending(O_TRUNC);
    close(fd);
    assert_int_equal(open("/dev/null", O_WRONLY), fd);
    assert_int_equal(release_and_close(fd), 0);
    assert_false(stands());
}

static void test_106_exclusive_creation_sees_what_is_pending(void **state)
{
    (void)state;
    int fd = open_pending(O_EXCL);
    assert_true(fd >= 0);
    assert_int_equal(open_pending(O_EXCL), -EEXIST);
    assert_int_equal(release_and_close(fd), 0);
    assert_int_equal(open_pending(O_EXCL), -EEXIST);
}

static int open_again(int flags)
{
    int directory = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    return pending_open(directory, NAME, flags, 0666, &rule);
}

static void content_is(const char *expected)
{
    char content[64] = "";
    int fd = open(NAME, O_RDONLY);
    assert_true(fd >= 0);
    assert_int_equal(read(fd, content, sizeof content - 1), strlen(expected));
    assert_string_equal(content, expected);
    close(fd);
}

static void test_209_an_append_joins_what_is_pending(void **state)
{
    (void)state;
    int fd = open_pending(O_TRUNC);
    assert_int_equal(write(fd, "one ", 4), 4);
    int lowest = open("/dev/null", O_RDONLY);
    close(lowest);
    int again = open_again(O_WRONLY | O_APPEND | O_CREAT);
    assert_int_equal(again, lowest);
    assert_true(fcntl(again, F_GETFL) & O_APPEND);
    assert_false(fcntl(fd, F_GETFL) & O_APPEND);
    assert_int_equal(write(again, "two ", 4), 4);
    assert_int_equal(release_and_close(fd), 0);
    assert_false(stands());
    assert_int_equal(write(again, "three", 5), 5);
    assert_int_equal(release_and_close(again), 0);
    content_is("one two three");
}

static void test_209_an_update_sees_what_is_pending(void **state)
{
    (void)state;
    char seen[8] = "";
    int fd = open_pending(O_TRUNC);
    assert_int_equal(write(fd, "abcdef", 6), 6);
    int again = open_again(O_RDWR);
    assert_true(again >= 0);
    assert_int_equal(read(again, seen, 3), 3);
    assert_string_equal(seen, "abc");
    assert_int_equal(write(again, "D", 1), 1);
    assert_int_equal(release_and_close(again), 0);
    assert_false(stands());
    assert_int_equal(release_and_close(fd), 0);
    content_is("abcDef");
    /* Nothing is pending any more: an update starts from what stands there. */
    fd = open_again(O_RDWR);
    assert_int_equal(write(fd, "x", 1), 1);
    assert_int_equal(release_and_close(fd), 0);
    content_is("xbcDef");
}

static void test_209_a_second_truncation_starts_anew_and_the_last_to_close_wins(void **state)
{
    (void)state;
    int first = open_pending(O_TRUNC);
    int second = open_pending(O_TRUNC);
    assert_int_equal(write(first, "first", 5), 5);
    assert_int_equal(write(second, "second", 6), 6);
    assert_int_equal(release_and_close(second), 0);
    content_is("second");
    assert_int_equal(release_and_close(first), 0);
    content_is("first");
}

static void wait_for(pid_t child)
{
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void test_306_a_forked_child_publishes_only_its_own(void **state)
{
    (void)state;
    int fd = open_pending(O_TRUNC);
    pid_t child = fork();
    if (child == 0) {
        bool own = pending_is_own(fd);
        bool tracked = pending_tracks(fd);
        if (own || !tracked || release_and_close(fd) != 0 || stands())
            _exit(1);
        _exit(release_and_close(open_pending(O_TRUNC)) == 0 && stands() ? 0 : 1);
    }
    wait_for(child);
    assert_int_equal(unlink(NAME), 0);
    assert_true(pending_is_own(fd));
    assert_int_equal(release_and_close(fd), 0);
    assert_true(stands());
}

static void test_306_the_end_of_a_forked_child_publishes_nothing(void **state)
{
    (void)state;
    int fd = open_pending(O_TRUNC);
    pid_t child = fork();
    if (child == 0) {
        pending_finish_at_exit();
        _exit(pending_tracks(fd) || stands() ? 1 : 0);
    }
    wait_for(child);
    assert_int_equal(release_and_close(fd), 0);
    assert_true(stands());
}

static void test_306_a_guest_does_not_own_the_name(void **state)
{
    (void)state;
    int fd = open_pending(O_EXCL);
    pid_t child = fork();
    if (child == 0) {
        int own = open_pending(O_EXCL);
        _exit(own >= 0 && release_and_close(own) == 0 && stands() ? 0 : 1);
    }
    wait_for(child);
    assert_int_equal(release_and_close(fd), -EEXIST);
}

/* To an emulator (qemu-user), and to the thread sanitizer. */
#define VFORK_IS_FORK 77

/* In a process that never redirected anything: the child's open must not make a table for it. */
static void test_306_a_vfork_child_that_opens_first_spoils_nothing(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        if (pending_ever())
            _exit(2);
        volatile int opened = -1;
        pid_t grandchild = vfork();
        if (grandchild == 0) {
            opened = open_pending(O_TRUNC);
            _exit(opened >= 0 && write(opened, "x", 1) == 1 && release_and_close(opened) == 0 ? 0
                                                                                              : 1);
        }
        int ended;
        waitpid(grandchild, &ended, 0);
        if (opened == -1)
            _exit(VFORK_IS_FORK);
        if (ended != 0 || pending_ever() || !is_private() || unlink(NAME) < 0)
            _exit(3);
        _exit(release_and_close(open_pending(O_TRUNC)) == 0 && stands() ? 0 : 4);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == VFORK_IS_FORK)
        skip();
    assert_int_equal(status, 0);
}

static void test_306_a_vfork_child_leaves_no_trace(void **state)
{
    (void)state;
    int fd = open_pending(O_TRUNC);
    pid_t child = vfork();
    if (child == 0) {
        (void)pending_release(fd);
        pending_finish_at_exit();
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(pending_tracks(fd));
    assert_false(stands());
    assert_int_equal(release_and_close(fd), 0);
    assert_true(stands());
}

static void test_309_a_failed_write_condemns_the_file(void **state)
{
    (void)state;
    int fd = open_pending(O_TRUNC);
    pending_note_write_error(fd, EAGAIN);
    pending_note_write_error(fd, ENOSPC);
    pending_note_write_error(fd, EIO);
    assert_int_equal(release_and_close(fd), -ENOSPC);
    assert_false(stands());
}

static void test_309_an_interrupted_write_does_not(void **state)
{
    (void)state;
    int fd = open_pending(O_TRUNC);
    pending_note_write_error(fd, EINTR);
    assert_int_equal(release_and_close(fd), 0);
    assert_true(stands());
}

static void test_302_what_a_stream_holds_back_is_published(void **state)
{
    (void)state;
    int fd = open_pending(O_TRUNC);
    FILE *stream = fdopen(fd, "w");
    pending_add_stream(fd, stream);
    fputs("held back", stream);
    pending_finish_at_exit();
    struct stat status;
    assert_int_equal(stat(NAME, &status), 0);
    assert_int_equal(status.st_size, 9);
    fclose(stream);
}

static void test_403_the_published_mode_is_never_wider(void **state)
{
    (void)state;
    int fd = open_pending(O_TRUNC);
    fchmod(fd, 0644);
    assert_int_equal(release_and_close(fd), 0);
    struct stat status;
    assert_int_equal(stat(NAME, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
}

/* The number is another file's by then. */
static void test_207_a_number_that_is_used_again_leaks_nothing(void **state)
{
    (void)state;
    int fd = open_pending(O_TRUNC);
    close(fd);
    assert_int_equal(open_pending(O_TRUNC), fd);
    assert_int_equal(release_and_close(fd), 0);
    assert_true(stands());
    assert_false(pending_tracks(fd));
    fd = open_pending(O_EXCL);
    assert_int_equal(fd, -EEXIST);
    assert_int_equal(unlink(NAME), 0);
    fd = open_pending(O_EXCL);
    assert_true(fd >= 0);
    assert_int_equal(release_and_close(fd), 0);
}

static int count_descriptors(void)
{
    int count = 0;
    for (int fd = 0; fd < 4096; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

enum { MANY = 600 };

static void test_211_files_of_a_directory_share_its_descriptor(void **state)
{
    (void)state;
    int fds[MANY];
    int before = count_descriptors();
    for (int i = 0; i < MANY; i++) {
        fds[i] = open_pending(O_TRUNC);
        assert_true(fds[i] >= 0);
    }
    assert_int_equal(count_descriptors(), before + MANY + 1);
    for (int i = 0; i < MANY; i++)
        assert_int_equal(release_and_close(fds[i]), 0);
    assert_int_equal(count_descriptors(), before);
}

/* One that was closed is found again by its first file, and by the others through that. */
static void test_201_211_a_shared_descriptor_that_was_closed_is_replaced(void **state)
{
    (void)state;
    int before = count_descriptors();
    int first = open_pending(O_TRUNC);
    int kept = 512; /* high: out of the way of the program */
    while (++kept < 4096 && fcntl(kept, F_GETFD) < 0)
        ;
    assert_int_equal(close(kept), 0);
    int second = open_pending(O_TRUNC);
    assert_true(second >= 0);
    assert_int_equal(release_and_close(first), 0);
    assert_true(stands());
    assert_int_equal(unlink(NAME), 0);
    assert_int_equal(release_and_close(second), 0);
    assert_true(stands());
    assert_int_equal(count_descriptors(), before);
}

int main(void)
{
    struct rlimit limit = {4096, 4096};
    if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
        return 1;
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_directory, remove_directory)
    const struct CMUnitTest tests[] = {
        TEST(test_306_a_vfork_child_that_opens_first_spoils_nothing),
        TEST(test_203_the_lowest_free_descriptor_and_the_flags_asked_for),
        TEST(test_301_the_last_alias_publishes),
        TEST(test_301_another_descriptor_is_none_of_its_business),
        TEST(test_301_a_number_reused_behind_its_back_is_not_published),
        TEST(test_106_exclusive_creation_sees_what_is_pending),
        TEST(test_306_a_forked_child_publishes_only_its_own),
        TEST(test_306_the_end_of_a_forked_child_publishes_nothing),
        TEST(test_306_a_guest_does_not_own_the_name),
        TEST(test_306_a_vfork_child_leaves_no_trace),
        TEST(test_309_a_failed_write_condemns_the_file),
        TEST(test_309_an_interrupted_write_does_not),
        TEST(test_302_what_a_stream_holds_back_is_published),
        TEST(test_403_the_published_mode_is_never_wider),
        TEST(test_209_an_append_joins_what_is_pending),
        TEST(test_209_an_update_sees_what_is_pending),
        TEST(test_209_a_second_truncation_starts_anew_and_the_last_to_close_wins),
        TEST(test_207_a_number_that_is_used_again_leaks_nothing),
        TEST(test_211_files_of_a_directory_share_its_descriptor),
        TEST(test_201_211_a_shared_descriptor_that_was_closed_is_replaced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
