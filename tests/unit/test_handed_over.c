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

/* A process that was spawned: what it has as standard output and error is looked at. */
static enum statement_kind spawned_with(int fd, int standard, bool loads)
{
    int done[2];
    char byte;
    int null = open("/dev/null", O_WRONLY);
    struct writer_id id = entry_of(fd)->file.id;
    assert_int_equal(pipe(done), 0);
    pid_t child = fork();
    if (child == 0) {
        close(done[1]);
        dup2(null, 3 - standard);
        dup2(fd, standard);
        kill(getpid(), SIGSTOP);
        _exit(read(done[0], &byte, 1) != 0);
    }
    assert_int_equal(waitpid(child, NULL, WUNTRACED), child);
    guests_spawned(child, (const int[]){null, null}, loads);
    enum statement_kind kind = statements_of_others(&id);
    statements_forget(child);
    assert_int_equal(kill(child, SIGCONT), 0);
    close(done[0]);
    close(done[1]);
    close(null);
    wait_for(child);
    return kind;
}

static void test_306_what_was_spawned_counts_by_what_it_has_and_loads(void **state)
{
    (void)state;
    int fd = open_pending();
    assert_int_equal(spawned_with(fd, 1, true), STATEMENT_COUNTS);
    assert_int_equal(spawned_with(fd, 2, true), STATEMENT_COUNTS);
    assert_int_equal(spawned_with(fd, 1, false), STATEMENT_WITHOUT);
    assert_int_equal(spawned_with(fd, 2, false), STATEMENT_WITHOUT);
    assert_int_equal(release_and_close(fd), 0);
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

/* The hand-over of an unnamed file here, as its opener writes it; *fd: that file. */
static struct handover_record record_of_new(int *fd)
{
    struct statx status;
    *fd = open(".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    assert_true(*fd >= 0);
    assert_int_equal(sys_statx(AT_FDCWD, ".", 0, &status), 0);
    struct handover_record record = {.kind = HANDOVER_OPENER,
                                     .pid = getpid(),
                                     .file = {.directory_id = writer_id_of(&status),
                                              .directory = -1,
                                              .created_mode = 0600,
                                              .asked_mode = WRITER_NO_MODE,
                                              .name = NAME}};
    assert_int_equal(sys_fstat(*fd, &status), 0);
    record.file.id = writer_id_of(&status);
    return record;
}

static void accept_records(const struct handover_record *records, const int *fds, int count)
{
    char bytes[4096];
    struct text text = text_begin(bytes, sizeof bytes);
    for (int i = 0; i < count; i++) {
        handover_write_head(&text, &records[i]);
        handover_write_fd(&text, fds[i]);
        handover_write_tail(&text, &records[i]);
    }
    assert_int_equal(pending_accept(bytes), 0);
}

static void test_303_a_descriptor_that_is_closed_is_passed_over(void **state)
{
    (void)state;
    int fd;
    struct handover_record record = record_of_new(&fd);
    assert_false(is_open(FREE_FD));
    accept_records((const struct handover_record[]){record, record}, (const int[]){FREE_FD, fd}, 2);
    assert_false(pending_tracks(FREE_FD));
    assert_true(pending_tracks(fd));
    assert_int_equal(release_and_close(fd), 0);
    assert_true(stands());
}

static void test_303_what_is_not_so_is_not_believed(void **state)
{
    (void)state;
    int fd;
    struct handover_record good = record_of_new(&fd), bad = good;
    bad.file.id.inode++;
    accept_records(&bad, &fd, 1);
    bad = good;
    bad.file.id.device_minor++;
    accept_records(&bad, &fd, 1);
    bad = good;
    bad.pid = getppid();
    accept_records(&bad, &fd, 1);
    bad = good;
    strcpy(bad.file.temporary, "it has a hidden name");
    accept_records(&bad, &fd, 1);
    assert_false(pending_tracks(fd));
    accept_records(&good, &fd, 1);
    assert_true(pending_tracks(fd));
    assert_int_equal(release_and_close(fd), 0);
}

static void test_201_303_the_directory_comes_along_if_it_is_that_one(void **state)
{
    (void)state;
    int fd, other = dup(0), directory = open(".", O_PATH | O_DIRECTORY);
    struct handover_record record = record_of_new(&fd);
    record.file.directory = other;
    accept_records(&record, &fd, 1);
    assert_int_equal(entry_of(fd)->file.directory, -1);
    assert_int_equal(fcntl(other, F_GETFD), 0);
    assert_int_equal(release_and_close(fd), 0);
    record = record_of_new(&fd);
    record.file.directory = directory;
    accept_records(&record, &fd, 1);
    assert_int_equal(entry_of(fd)->file.directory, directory);
    assert_int_equal(fcntl(directory, F_GETFD), FD_CLOEXEC);
    assert_int_equal(release_and_close(fd), 0);
    assert_false(is_open(directory));
    assert_true(is_open(other));
    close(other);
}

static void test_306_a_guest_is_one_in_its_next_image(void **state)
{
    (void)state;
    int fd;
    struct handover_record record = record_of_new(&fd);
    record.kind = HANDOVER_GUEST;
    record.pid = getppid();
    atomic_store(&guests_is_guest, false);
    accept_records(&record, &fd, 1);
    assert_true(atomic_load(&guests_is_guest));
    assert_true(pending_tracks(fd));
    assert_false(pending_is_own(fd));
    assert_int_equal(release_and_close(fd), 0);
    assert_false(stands());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_306_a_guest_counts_by_its_standard_output_or_error),
        TEST(test_306_the_exec_of_an_opener_is_none_of_a_guest),
        TEST(test_306_what_was_spawned_counts_by_what_it_has_and_loads),
        TEST(test_306_a_child_that_was_reaped_says_nothing_any_more),
        TEST(test_306_505_the_first_reason_stays_and_is_said),
        TEST(test_303_only_what_stays_open_is_handed_over),
        TEST(test_306_a_guest_alone_is_told_as_one_and_not_of_the_directorys_descriptor),
        TEST(test_303_a_descriptor_that_is_closed_is_passed_over),
        TEST(test_303_what_is_not_so_is_not_believed),
        TEST(test_201_303_the_directory_comes_along_if_it_is_that_one),
        TEST(test_306_a_guest_is_one_in_its_next_image),
    };
    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
