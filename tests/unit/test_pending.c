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
#include <sys/mman.h>
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
    return pending_open(directory, NAME, flags | O_WRONLY | O_CREAT, &rule);
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

/* An emulator (qemu-user) that accepts any advice does not empty the child's table. */
static bool kernel_is_emulated(void)
{
    void *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    bool accepts = madvise(page, 4096, -1) == 0;
    munmap(page, 4096);
    return accepts;
}

static void test_306_a_forked_child_publishes_only_its_own(void **state)
{
    (void)state;
    bool emulated = kernel_is_emulated();
    int fd = open_pending(O_TRUNC);
    pid_t child = fork();
    if (child == 0) {
        bool tracked = pending_tracks(fd);
        pending_finish();
        if ((tracked && !emulated) || release_and_close(fd) != 0 || stands())
            _exit(1);
        _exit(release_and_close(open_pending(O_TRUNC)) == 0 && stands() ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(unlink(NAME), 0);
    assert_int_equal(release_and_close(fd), 0);
    assert_true(stands());
}

static void test_306_a_vfork_child_leaves_no_trace(void **state)
{
    (void)state;
    int fd = open_pending(O_TRUNC);
    pid_t child = vfork();
    if (child == 0) {
        (void)pending_release(fd);
        pending_finish();
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
    pending_set_stream(fd, stream);
    fputs("held back", stream);
    pending_finish();
    struct stat status;
    assert_int_equal(stat(NAME, &status), 0);
    assert_int_equal(status.st_size, 9);
    fclose(stream);
}

static void test_403_the_published_mode_is_never_wider(void **state)
{
    (void)state;
    int fd = open_pending(O_TRUNC);
    mode_t limit = 0;
    assert_true(pending_mode_limit(fd, &limit));
    assert_int_equal(limit, 0600);
    fchmod(fd, 0644);
    assert_int_equal(release_and_close(fd), 0);
    struct stat status;
    assert_int_equal(stat(NAME, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
}

static void test_207_as_many_as_fit_and_no_more(void **state)
{
    (void)state;
    int fds[PENDING_MAX];
    for (int i = 0; i < PENDING_MAX; i++) {
        fds[i] = open_pending(O_TRUNC);
        assert_true(fds[i] >= 0);
    }
    assert_int_equal(open_pending(O_TRUNC), -EMFILE);
    for (int i = 0; i < PENDING_MAX; i++)
        assert_int_equal(release_and_close(fds[i]), 0);
    int fd = open_pending(O_TRUNC);
    assert_true(fd >= 0);
    assert_int_equal(release_and_close(fd), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_directory, remove_directory)
    const struct CMUnitTest tests[] = {
        TEST(test_203_the_lowest_free_descriptor_and_the_flags_asked_for),
        TEST(test_301_the_last_alias_publishes),
        TEST(test_301_another_descriptor_is_none_of_its_business),
        TEST(test_301_a_number_reused_behind_its_back_is_not_published),
        TEST(test_106_exclusive_creation_sees_what_is_pending),
        TEST(test_306_a_forked_child_publishes_only_its_own),
        TEST(test_306_a_vfork_child_leaves_no_trace),
        TEST(test_309_a_failed_write_condemns_the_file),
        TEST(test_309_an_interrupted_write_does_not),
        TEST(test_302_what_a_stream_holds_back_is_published),
        TEST(test_403_the_published_mode_is_never_wider),
        TEST(test_207_as_many_as_fit_and_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
