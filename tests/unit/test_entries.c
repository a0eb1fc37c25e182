/*
 * Entries, and the descriptors that stand for them: contract 208, 209, 301, 302, 309, 505.
 *
 * What no program can be made to do at will is done by hand: a descriptor is closed where no hook
 * sees it, a file is opened again while another thread would end it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/pending/across_exec.h"
#include "shim/pending/entry.h"
#include "shim/pending/names.h"

#include "tests/unit/pending_helper.h"
#include <sys/file.h>

static void test_301_a_duplicate_onto_itself_ends_nothing(void **state)
{
    (void)state;
    int fd = open_pending();
    pending_alias(fd, fd);
    assert_true(pending_tracks(fd));
    assert_int_equal(release_and_close(fd), 0);
    assert_true(stands());
}

static void test_301_close_range_from_beyond_every_descriptor_ends_nothing(void **state)
{
    (void)state;
    static const unsigned firsts[] = {PENDING_FD_MAX, 1U << 31, UINT_MAX - 1000, UINT_MAX};
    int fd = open_pending();
    for (size_t i = 0; i < sizeof firsts / sizeof firsts[0]; i++)
        assert_int_equal(pending_release_range(firsts[i], UINT_MAX), 0);
    assert_true(pending_tracks(fd));
    assert_int_equal(release_and_close(fd), 0);
}

static void test_505_what_was_closed_behind_the_librarys_back_leaves_a_line(void **state)
{
    (void)state;
    int fd = open_pending();
    close(fd);
    assert_int_equal(open("/dev/null", O_WRONLY), fd);
    int other = open_pending();
    assert_false(says("action=discard"));
    pending_alias(other, fd);
    assert_true(says("action=discard result=EBADF"));
    assert_true(says("reason=\"its descriptor was closed behind the library's back\""));
    assert_int_equal(release_and_close(other), 0);
    assert_false(stands());
    assert_int_equal(release_and_close(fd), 0);
}

static void test_302_a_stream_whose_descriptor_was_let_go_is_asked_no_more(void **state)
{
    (void)state;
    int fd = open_pending();
    int copy = dup(fd);
    pending_alias(fd, copy);
    FILE *gone = fdopen(fd, "w"), *left = fdopen(copy, "w");
    pending_add_stream(fd, gone);
    pending_add_stream(copy, left);
    fputs("too late", gone);
    fputs("written", left);
    assert_int_equal(pending_release(fd), 0);
    pending_flush_kept(copy);
    assert_int_equal(pending_release(copy), 0);
    content_is("written");
    fclose(gone);
    fclose(left);
}

static void test_302_fcloseall_leaves_alone_what_has_no_stream(void **state)
{
    (void)state;
    int fd = open_pending(), bare = open_pending();
    FILE *stream = fdopen(fd, "w");
    pending_add_stream(fd, stream);
    pending_finish_streams();
    assert_false(pending_tracks(fd));
    assert_true(pending_tracks(bare));
    assert_int_equal(release_and_close(bare), 0);
    fclose(stream);
}

/* By the size at the end of it: libc would write into the published file afterwards. */
static void test_302_a_buffered_standard_error_is_in_the_file_when_it_is_published(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        struct stat status;
        static char buffer[BUFSIZ]; /* glibc passes on what comes to a small one */
        int fd = open_pending();
        setvbuf(stderr, buffer, _IOFBF, sizeof buffer);
        if (dup2(fd, 2) != 2)
            _exit(2);
        pending_alias(fd, 2);
        fputs("said", stderr);
        pending_finish_at_exit();
        _exit(stat(NAME, &status) < 0 || status.st_size != 4);
    }
    wait_for(child);
}

/* What its parent's stream holds back is its parent's to write. */
static void test_306_302_the_end_of_a_forked_child_asks_no_stream(void **state)
{
    (void)state;
    int fd = open_pending();
    FILE *stream = fdopen(fd, "w");
    pending_add_stream(fd, stream);
    fputs("held back", stream);
    pid_t child = fork();
    if (child == 0) {
        pending_finish_at_once();
        _exit(0);
    }
    wait_for(child);
    fflush(stream);
    assert_int_equal(pending_release(fd), 0);
    fclose(stream);
    content_is("held back");
}

static void test_306_302_a_forked_childs_own_stream_is_asked_at_its_end(void **state)
{
    (void)state;
    int fd = open_pending();
    pid_t child = fork();
    if (child == 0) {
        FILE *stream = fdopen(fd, "w");
        pending_add_stream(fd, stream);
        fputs("held back", stream);
        pending_finish_at_once();
        _exit(0);
    }
    wait_for(child);
    assert_true(says("action=condemn result=ECANCELED"));
    assert_int_equal(pending_release(fd), -ECANCELED);
    close(fd);
    assert_false(stands());
}

static void test_309_505_the_line_of_a_failed_write_says_so(void **state)
{
    (void)state;
    int fd = open_pending();
    pending_note_write_error(fd, ENOSPC);
    assert_int_equal(release_and_close(fd), -ENOSPC);
    assert_true(says("action=discard result=ENOSPC reason=\"writing it had failed\""));
}

static void test_208_what_was_removed_is_not_published_before_a_daemon(void **state)
{
    (void)state;
    struct statx status;
    int fd = open_pending();
    assert_int_equal(sys_statx(AT_FDCWD, ".", 0, &status), 0);
    struct writer_id directory = writer_id_of(&status);
    assert_true(pending_withdraw(&directory, NAME, pending_namings()));
    pending_publish_before_daemon();
    assert_false(pending_tracks(fd));
    assert_false(stands());
    close(fd);
}

static void test_306_what_is_published_before_a_daemon_is_locked_by_nobody(void **state)
{
    (void)state;
    int fd = open_pending();
    int copy = dup(fd);
    pending_alias(fd, copy);
    pending_publish_before_daemon();
    assert_false(pending_tracks(fd) || pending_tracks(copy));
    assert_true(stands());
    assert_true(says("action=publish") && says("left-to=child"));
    int other = open(NAME, O_RDONLY);
    assert_int_equal(flock(other, LOCK_EX | LOCK_NB), 0);
    close(other);
    close(copy);
    close(fd);
}

static void test_208_302_what_a_stream_holds_back_is_in_a_file_that_gets_another_name(void **state)
{
    (void)state;
    struct stat status;
    int fd = open_pending();
    FILE *stream = fdopen(fd, "w");
    pending_add_stream(fd, stream);
    fputs("held back", stream);
    assert_int_equal(pending_publish_fd(fd), 0);
    assert_int_equal(stat(NAME, &status), 0);
    assert_int_equal(status.st_size, 9);
    fclose(stream);
}

static void test_403_the_groups_bits_come_with_publishing(void **state)
{
    (void)state;
    const struct policy_rule shared = {.name = "shared", .mode = 0640, .group = getegid()};
    struct pending_view view;
    int fd = pending_open(open_directory(), NAME, O_WRONLY | O_CREAT | O_TRUNC, 0666, &shared);
    assert_true(pending_view_fd(fd, &view));
    assert_int_equal(pending_ask_mode(&view, 0640), 0600);
    pending_view_close(&view);
    assert_int_equal(pending_release(fd), 0);
    close(fd);
}

/* The later one is ending in another thread: what is still open is joined. */
static void test_209_what_is_ending_is_not_joined(void **state)
{
    (void)state;
    int first = open_pending(), second = open_pending();
    struct pending_entry *ending = entry_release(the_table(), second);
    int third = open_again(O_WRONLY | O_APPEND);
    assert_ptr_equal(entry_of(third), entry_of(first));
    assert_int_equal(entry_finish(the_table(), ending, second), 0);
    assert_int_equal(release_and_close(third), 0);
    assert_int_equal(write(first, "first", 5), 5);
    assert_int_equal(release_and_close(first), 0);
    close(second);
    content_is("first");
}

static void test_209_a_link_to_the_same_name_elsewhere_joins_as_well(void **state)
{
    (void)state;
    static const struct policy_rule follows = {.name = "follows",
                                               .mode = 0600,
                                               .group = POLICY_NO_GROUP,
                                               .symlink = POLICY_SYMLINK_FOLLOW};
    assert_int_equal(mkdir("links", 0700), 0);
    assert_int_equal(symlink("../" NAME, "links/" NAME), 0);
    int fd = open_pending();
    assert_int_equal(write(fd, "first", 5), 5);
    int directory = open("links", O_PATH | O_DIRECTORY | O_CLOEXEC);
    int second = pending_open(directory, NAME, O_WRONLY | O_APPEND, 0666, &follows);
    assert_ptr_equal(entry_of(second), entry_of(fd));
    assert_int_equal(write(second, " second", 7), 7);
    directory = open("links", O_PATH | O_DIRECTORY | O_CLOEXEC);
    int third = pending_open(directory, NAME, O_WRONLY | O_CREAT | O_TRUNC, 0666, &follows);
    assert_ptr_not_equal(entry_of(third), entry_of(fd));
    assert_int_equal(release_and_close(third), 0);
    assert_int_equal(release_and_close(fd), 0);
    assert_int_equal(release_and_close(second), 0);
    assert_int_equal(unlink("links/" NAME) + rmdir("links"), 0);
    content_is("first second");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_301_a_duplicate_onto_itself_ends_nothing),
        TEST(test_301_close_range_from_beyond_every_descriptor_ends_nothing),
        TEST(test_505_what_was_closed_behind_the_librarys_back_leaves_a_line),
        TEST(test_302_a_stream_whose_descriptor_was_let_go_is_asked_no_more),
        TEST(test_302_fcloseall_leaves_alone_what_has_no_stream),
        TEST(test_302_a_buffered_standard_error_is_in_the_file_when_it_is_published),
        TEST(test_306_302_the_end_of_a_forked_child_asks_no_stream),
        TEST(test_306_302_a_forked_childs_own_stream_is_asked_at_its_end),
        TEST(test_309_505_the_line_of_a_failed_write_says_so),
        TEST(test_208_what_was_removed_is_not_published_before_a_daemon),
        TEST(test_306_what_is_published_before_a_daemon_is_locked_by_nobody),
        TEST(test_208_302_what_a_stream_holds_back_is_in_a_file_that_gets_another_name),
        TEST(test_403_the_groups_bits_come_with_publishing),
        TEST(test_209_what_is_ending_is_not_joined),
        TEST(test_209_a_link_to_the_same_name_elsewhere_joins_as_well),
    };
    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
