/*
 * What guests are told, and next images: contract 303, 306, 505.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/pending/across_exec.h"
#include "shim/pending/guest_records.h"
#include "shim/pending/guests.h"
#include "shim/pending/handover.h"
#include "shim/pending/statements.h"
#include "tests/unit/pending_helper.h"

/* How the child counts when fd is its descriptor `standard`, and nothing else was said. */
static enum statement_kind counts_as(int fd, int standard)
{
    int ready[2], done[2];
    char byte = 0;
    struct writer_id id = table_find(the_table(), fd)->file.id;
    assert_int_equal(pipe(ready) + pipe(done), 0);
    pid_t child = fork();
    if (child == 0) {
        close(done[1]);
        if (dup2(fd, standard) == standard)
            pending_alias(fd, standard);
        _exit(write(ready[1], &byte, 1) != 1 || read(done[0], &byte, 1) != 0);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    enum statement_kind kind = statements_of_others(&id);
    close(done[0]);
    close(done[1]);
    close(ready[0]);
    close(ready[1]);
    wait_for(child);
    statements_forget(child);
    return kind;
}

static void test_306_a_guest_counts_by_its_standard_output_or_error(void **state)
{
    (void)state;
    int fd = open_pending();
    assert_int_equal(counts_as(fd, 2), STATEMENT_COUNTS);
    assert_int_equal(counts_as(fd, 1), STATEMENT_COUNTS);
    assert_int_equal(counts_as(fd, FREE_FD), STATEMENT_NONE);
    assert_int_equal(release_and_close(fd), 0);
}

/* Of an opener nobody asks whether it is a guest: it says nothing of itself. */
static void test_306_the_exec_of_an_opener_is_none_of_a_guest(void **state)
{
    (void)state;
    pid_t opener = fork();
    if (opener == 0) {
        int fd = open_pending();
        struct writer_id id = table_find(table_own(), fd)->file.id;
        if (dup2(fd, 1) != 1)
            _exit(2);
        pending_alias(fd, 1);
        guests_before_exec(true);
        pid_t other = fork();
        if (other == 0)
            _exit(statements_of_others(&id) != STATEMENT_NONE);
        int status;
        _exit(waitpid(other, &status, 0) != other || status != 0);
    }
    wait_for(opener);
}

static void test_306_a_child_that_was_reaped_says_nothing_any_more(void **state)
{
    (void)state;
    struct writer_id id = {.inode = 1};
    int cursor = 0;
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    wait_for(child);
    statements_begin();
    statements_set(child, &id, STATEMENT_COUNTS);
    guests_child_ended(child, false);
    assert_false(statements_next(child, &cursor, &id));
}

static void test_306_505_the_first_reason_stays_and_is_said(void **state)
{
    (void)state;
    int fd = open_pending();
    struct pending_entry *entry = table_find(the_table(), fd);
    guests_condemn(entry, EIO, "the first");
    guests_condemn(entry, ENOSPC, "the second");
    assert_true(says("action=condemn result=EIO reason=\"the first\""));
    assert_false(says("the second"));
    assert_int_equal(release_and_close(fd), -EIO);
    assert_true(says("action=discard result=EIO reason=\"the first\""));
    assert_false(stands());
}

/* The records that `write` makes, one behind the other. */
static void collect(char *text, size_t size, char *strings[], size_t count)
{
    const size_t key = sizeof HANDOVER_VARIABLE "=" - 1;
    text[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        assert_memory_equal(strings[i], HANDOVER_VARIABLE "=", key);
        assert_true(strlen(text) + strlen(strings[i]) < size);
        strcat(text, strings[i] + key);
    }
}

static void test_303_only_what_stays_open_is_handed_over(void **state)
{
    (void)state;
    char memory[16384], text[16384], *strings[4];
    struct handover_record record;
    const char *rest = text;
    size_t count;
    int fd = open_pending(), inherited = -1;
    assert_int_equal(fcntl(fd, F_SETFD, FD_CLOEXEC), 0);
    for (int i = 0; i < 200; i++) {
        int copy = fcntl(fd, F_DUPFD_CLOEXEC, FREE_FD);
        pending_alias(fd, copy);
        inherited = copy;
    }
    assert_int_equal(fcntl(inherited, F_SETFD, 0), 0);
    size_t size = pending_handover_measure(&count);
    assert_int_equal(count, 1);
    assert_in_range(size, 1, sizeof memory);
    assert_int_equal(pending_handover_write(strings, count, memory, size), 1);
    pending_exec_failed();
    collect(text, sizeof text, strings, count);
    assert_true(handover_read(&rest, &record));
    assert_int_equal(record.kind, HANDOVER_OPENER);
    assert_int_equal(handover_next_fd(&record), inherited);
    assert_int_equal(handover_next_fd(&record), -1);
    for (int copy = FREE_FD; copy <= inherited; copy++)
        assert_int_equal(release_and_close(copy), 0);
    assert_false(stands());
    assert_int_equal(release_and_close(fd), 0);
    assert_true(stands());
}

static void test_306_a_guest_alone_is_told_as_one_and_not_of_the_directorys_descriptor(void **state)
{
    (void)state;
    char memory[4096], text[4096], *strings[4];
    struct handover_record record;
    const char *rest = text;
    size_t count;
    int fd = open_pending();
    /* Its own exec is told as the opener's. */
    assert_int_equal(guest_records_measure(false, &count), 0);
    assert_int_equal(count, 0);
    size_t size = guest_records_measure(true, &count);
    assert_int_equal(count, 1);
    assert_in_range(size, 1, sizeof memory);
    assert_int_equal(guest_records_write(true, strings, count, memory, size), 1);
    collect(text, sizeof text, strings, count);
    assert_true(handover_read(&rest, &record));
    assert_int_equal(record.kind, HANDOVER_GUEST);
    assert_int_equal(record.file.directory, -1);
    assert_string_equal(record.file.name, NAME);
    assert_int_equal(release_and_close(fd), 0);
}

static void write_record(struct text *text, const struct writer_file *file, int fd)
{
    struct handover_record record = {.kind = HANDOVER_OPENER, .pid = getpid(), .file = *file};
    record.file.directory = -1;
    handover_write_head(text, &record);
    handover_write_fd(text, fd);
    handover_write_tail(text, &record);
}

static void test_303_a_descriptor_that_is_closed_is_passed_over(void **state)
{
    (void)state;
    char bytes[2048];
    struct text text = text_begin(bytes, sizeof bytes);
    struct statx status;
    int fd = open(".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(sys_statx(AT_FDCWD, ".", 0, &status), 0);
    struct writer_file file = {
        .directory_id = writer_id_of(&status), .asked_mode = WRITER_NO_MODE, .name = NAME};
    assert_int_equal(sys_fstat(fd, &status), 0);
    file.id = writer_id_of(&status);
    file.created_mode = 0600;
    assert_false(is_open(FREE_FD));
    write_record(&text, &file, FREE_FD);
    write_record(&text, &file, fd);
    assert_int_equal(pending_accept(bytes), 0);
    assert_false(pending_tracks(FREE_FD));
    assert_true(pending_tracks(fd));
    assert_int_equal(release_and_close(fd), 0);
    assert_true(stands());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_306_a_guest_counts_by_its_standard_output_or_error),
        TEST(test_306_the_exec_of_an_opener_is_none_of_a_guest),
        TEST(test_306_a_child_that_was_reaped_says_nothing_any_more),
        TEST(test_306_505_the_first_reason_stays_and_is_said),
        TEST(test_303_only_what_stays_open_is_handed_over),
        TEST(test_306_a_guest_alone_is_told_as_one_and_not_of_the_directorys_descriptor),
        TEST(test_303_a_descriptor_that_is_closed_is_passed_over),
    };
    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
