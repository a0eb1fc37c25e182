/*
 * What holders of a pending file tell each other: marks on its inode, statements on a shared page
 * (306, 309).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/pending/statements.h"
#include "shim/writer/marks.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static int open_unnamed(struct writer_file *file)
{
    int fd = open("/tmp", O_TMPFILE | O_RDWR, 0600);
    struct statx status;
    assert_true(fd >= 0);
    assert_int_equal(sys_fstat(fd, &status), 0);
    *file = (struct writer_file){.id = writer_id_of(&status), .created_mode = 0600};
    return fd;
}

static mode_t mode_of(int fd)
{
    struct statx status;
    assert_int_equal(sys_fstat(fd, &status), 0);
    return status.stx_mode & 07777;
}

static void test_309_a_mark_says_which_error_and_grants_nothing(void **state)
{
    (void)state;
    static const int errors[][2] = {{ENOSPC, ENOSPC}, {EFBIG, EFBIG},
                                    {EIO, EIO},       {EDQUOT, EIO},
                                    {ETIMEDOUT, EIO}, {MARKS_KILLED, MARKS_KILLED}};
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        struct writer_file file;
        int fd = open_unnamed(&file);
        assert_int_equal(marks_error(mode_of(fd)), 0);
        assert_int_equal(marks_condemn(&file, fd, errors[i][0]), 0);
        assert_int_equal(marks_error(mode_of(fd)), errors[i][1]);
        assert_int_equal(mode_of(fd) & 077, 0);
        /* Whoever has it open writes on, and the mark and the first error stay. */
        assert_int_equal(write(fd, "x", 1), 1);
        assert_int_equal(marks_condemn(&file, fd, errors[i][0] == EIO ? ENOSPC : EIO), 0);
        assert_int_equal(marks_error(mode_of(fd)), errors[i][1]);
        close(fd);
    }
}

static void test_306_a_file_that_has_its_name_is_not_marked(void **state)
{
    (void)state;
    char path[] = "/tmp/test_guests.XXXXXX";
    struct writer_file file;
    int named = mkstemp(path);
    int fd = open_unnamed(&file);
    struct statx status;
    sys_fstat(named, &status);
    file.id = writer_id_of(&status);
    assert_int_equal(marks_condemn(&file, named, EIO), 0);
    assert_int_equal(mode_of(named), 0600);
    /* Nor one that the descriptor does not stand for any more. */
    assert_int_equal(marks_condemn(&file, fd, EIO), 0);
    assert_int_equal(mode_of(fd), 0600);
    unlink(path);
    close(named);
    close(fd);
}

/* Where there are no unnamed files. */
static void test_306_a_hidden_name_that_became_another_is_not_marked(void **state)
{
    (void)state;
    struct writer_file file = {.temporary = "hidden"};
    struct statx status;
    char path[] = "/tmp/test_guests.XXXXXX";
    assert_non_null(mkdtemp(path));
    int directory = open(path, O_PATH | O_DIRECTORY);
    int fd = openat(directory, "hidden", O_RDWR | O_CREAT | O_EXCL, 0600);
    assert_true(fd >= 0);
    assert_int_equal(sys_fstat(fd, &status), 0);
    file.id = writer_id_of(&status);
    assert_int_equal(renameat(directory, "hidden", directory, "published"), 0);
    int condemned = marks_condemn(&file, fd, EIO);
    mode_t published = mode_of(fd);
    assert_int_equal(renameat(directory, "published", directory, "hidden"), 0);
    assert_int_equal(marks_condemn(&file, fd, EIO), 0);
    mode_t hidden = mode_of(fd);
    assert_int_equal(unlinkat(directory, "hidden", 0) + rmdir(path), 0);
    assert_int_equal(condemned, 0);
    assert_int_equal(published, 0600);
    assert_int_equal(marks_error(hidden), EIO);
    close(directory);
    close(fd);
}

static void test_307_what_was_left_is_taken_by_the_last(void **state)
{
    (void)state;
    struct writer_file file;
    int fd = open_unnamed(&file);
    assert_false(marks_take(&file, fd));
    fchmod(fd, 0400);
    assert_int_equal(marks_leave(fd, mode_of(fd)), 0);
    assert_true(marks_left(mode_of(fd)));
    assert_int_equal(marks_error(mode_of(fd)), 0);
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t other = fork();
    if (other == 0) {
        char byte;
        close(ends[1]);
        _exit(read(ends[0], &byte, 1) < 0);
    }
    int copy = dup(fd);
    assert_false(marks_take(&file, copy));
    close(copy);
    close(ends[1]);
    waitpid(other, NULL, 0);
    assert_true(marks_take(&file, fd));
    assert_int_equal(mode_of(fd), 0400);
    close(fd);
    close(ends[0]);
}

static const struct writer_id one = {.inode = 1}, two = {.inode = 2}, three = {.inode = 3};

static int count_of(pid_t pid)
{
    struct writer_id id;
    int cursor = 0;
    int count = 0;
    while (statements_next(pid, &cursor, &id))
        count++;
    return count;
}

static void test_306_a_statement_is_seen_by_who_shares_the_page(void **state)
{
    (void)state;
    statements_begin();
    pid_t child = fork();
    if (child == 0) {
        statements_set(getpid(), &one, STATEMENT_COUNTS);
        statements_set(getpid(), &two, STATEMENT_WITHOUT);
        statements_set(getpid(), &one, STATEMENT_COUNTS);
        raise(SIGSTOP);
        statements_set(getpid(), &two, STATEMENT_NONE);
        _exit(0);
    }
    waitpid(child, NULL, WUNTRACED);
    assert_int_equal(count_of(child), 2);
    assert_int_equal(statements_of_others(&one), STATEMENT_COUNTS);
    assert_int_equal(statements_of_others(&two), STATEMENT_WITHOUT);
    statements_set(getpid(), &three, STATEMENT_COUNTS);
    assert_int_equal(statements_of_others(&three), STATEMENT_NONE);
    statements_forget(getpid());
    kill(child, SIGCONT);
    waitpid(child, NULL, 0);
    assert_int_equal(count_of(child), 1);
    /* The dead count for nothing that is left. */
    assert_int_equal(statements_of_others(&one), STATEMENT_NONE);
    statements_forget(child);
    assert_int_equal(count_of(child), 0);
}

static void test_306_a_full_page_makes_room_for_the_living(void **state)
{
    (void)state;
    struct writer_id id = {.inode = 100};
    pid_t dead = fork();
    if (dead == 0)
        _exit(0);
    waitpid(dead, NULL, 0);
    for (; id.inode < 1100; id.inode++)
        statements_set(dead, &id, STATEMENT_COUNTS);
    statements_set(getpid(), &one, STATEMENT_COUNTS);
    assert_int_equal(count_of(getpid()), 1);
    for (; id.inode < 2100; id.inode++)
        statements_set(getpid(), &id, STATEMENT_COUNTS);
    assert_in_range(count_of(getpid()), 100, 1000);
    statements_forget(getpid());
    assert_int_equal(count_of(getpid()), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_309_a_mark_says_which_error_and_grants_nothing),
        cmocka_unit_test(test_306_a_file_that_has_its_name_is_not_marked),
        cmocka_unit_test(test_306_a_hidden_name_that_became_another_is_not_marked),
        cmocka_unit_test(test_307_what_was_left_is_taken_by_the_last),
        cmocka_unit_test(test_306_a_statement_is_seen_by_who_shares_the_page),
        cmocka_unit_test(test_306_a_full_page_makes_room_for_the_living),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
