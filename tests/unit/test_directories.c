/*
 * The kept descriptors of directories: contract 201, 207, 208, 211, 306.
 *
 * What no program can be made to do at will is done by hand: a number is taken where no hook sees
 * it, a directory is opened again between two steps.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/pending/directories.h"
#include "shim/pending/entry.h"
#include "shim/writer/marks.h"
#include "tests/unit/pending_helper.h"

#include <sys/resource.h>

static int kept_by(int fd)
{
    return entry_of(fd)->file.directory;
}

static void test_201_of_two_descriptors_of_a_directory_one_is_closed(void **state)
{
    (void)state;
    struct pending_table *table = the_table();
    int first = open_pending(), second = open_pending();
    int kept = kept_by(first), reopened = open_directory();
    assert_int_equal(kept_by(second), kept);
    /* As the writer does, when it does not find the kept one. */
    struct pending_entry *entry = entry_release(table, first);
    entry->file.directory = reopened;
    entry_end(table, entry);
    assert_false(is_open(reopened));
    assert_true(is_open(kept));
    /* The program closed the kept one meanwhile: the other file finds what was opened again. */
    int third = open_pending();
    close(kept);
    reopened = open_directory();
    entry = entry_release(table, third);
    entry->file.directory = reopened;
    entry_end(table, entry);
    assert_true(is_open(reopened));
    assert_int_equal(release_and_close(second), 0);
    assert_false(is_open(reopened));
    close(first);
    close(third);
}

static void test_201_a_kept_descriptor_whose_number_was_taken_gives_way(void **state)
{
    (void)state;
    int first = open_pending(), kept = kept_by(first);
    int null = open("/dev/null", O_RDONLY);
    assert_int_equal(dup2(null, kept), kept);
    int second = open_pending();
    assert_int_not_equal(kept_by(second), kept);
    assert_true(is_open(kept_by(second)));
    int third = open_pending();
    assert_int_equal(kept_by(third), kept_by(second));
    assert_int_equal(release_and_close(first), 0);
    assert_int_equal(release_and_close(second), 0);
    assert_int_equal(release_and_close(third), 0);
    assert_true(is_open(kept));
    close(kept);
    close(null);
}

/*
 * An open of what is pending meets the limit of descriptors, at every step that takes one.  Returns
 * how often it did; each time nothing is left of it.
 */
static int joins_at_each_limit(const char *name, const struct policy_rule *rule_of_name)
{
    struct rlimit before, limit;
    int descriptors = count_descriptors(), refused = 0, result = -EMFILE;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    limit = before;
    for (int lowest = 3; result < 0; lowest++) {
        int directory = open_directory();
        limit.rlim_cur = (rlim_t)lowest;
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
        result = pending_open(directory, name, O_WRONLY | O_CREAT | O_APPEND, 0666, rule_of_name);
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
        if (result >= 0)
            break;
        assert_true(result == -EMFILE || result == -EACCES);
        assert_int_equal(count_descriptors(), descriptors);
        refused++;
    }
    assert_true(pending_tracks(result));
    assert_int_equal(release_and_close(result), 0);
    assert_int_equal(count_descriptors(), descriptors);
    return refused;
}

static void test_209_207_whoever_cannot_join_leaves_no_descriptor(void **state)
{
    (void)state;
    static const struct policy_rule follows = {.name = "follows",
                                               .mode = 0600,
                                               .group = POLICY_NO_GROUP,
                                               .symlink = POLICY_SYMLINK_FOLLOW};
    int fd = open_pending();
    assert_true(joins_at_each_limit(NAME, &rule) > 0);
    assert_int_equal(symlink(NAME, "link"), 0);
    assert_true(joins_at_each_limit("link", &follows) > 0);
    assert_int_equal(unlink("link"), 0);
    assert_false(stands());
    assert_int_equal(release_and_close(fd), 0);
    assert_true(stands());
}

/*
 * The only file ends with its descriptor, where no hook sees it; then comes a fork(2).  taken: the
 * program has something else under both numbers by then.
 */
static void in_a_child_without_files(bool taken)
{
    int fd = open_pending();
    int kept = kept_by(fd);
    int null = open("/dev/null", O_RDONLY);
    close(fd);
    if (taken) {
        assert_int_equal(dup2(null, kept), kept);
        assert_int_equal(dup2(null, fd), fd);
    }
    pid_t child = fork();
    if (child == 0) {
        (void)table_own();
        _exit(pending_tracks(fd) || is_open(kept) != taken);
    }
    wait_for(child);
    assert_true(is_open(kept));
    close(null);
    assert_int_equal(pending_release(fd), 0);
    assert_int_equal(is_open(kept), taken);
    close(kept);
    close(fd);
}

static void test_306_a_child_that_keeps_no_file_keeps_no_descriptor_of_its_directory(void **state)
{
    (void)state;
    in_a_child_without_files(false);
}

static void test_306_a_child_closes_nothing_that_the_program_has_in_its_place(void **state)
{
    (void)state;
    in_a_child_without_files(true);
}

/* Where the parent was in the middle of a change, the two may not belong together. */
static void test_306_a_child_adopts_no_directory_that_is_not_its_files(void **state)
{
    (void)state;
    struct pending_table *table = the_table();
    int fd = open_pending();
    struct pending_entry *entry = entry_of(fd), forged = *entry;
    forged.file.directory_id.inode++;
    directories_adopt(table, &forged);
    assert_int_equal(forged.directory, 0);
    assert_int_equal(forged.file.directory, -1);
    forged = *entry;
    directories_adopt(table, &forged);
    assert_int_equal(forged.directory, entry->directory);
    directories_leave(table, &forged);
    assert_int_equal(release_and_close(fd), 0);
    assert_true(stands());
}

/*
 * A guest could not write it.  Another directory has the kept one's number by now, and was removed:
 * that is no excuse.
 */
static void test_208_309_only_the_files_own_directory_excuses_by_its_removal(void **state)
{
    (void)state;
    int fd = open_pending(), kept = kept_by(fd);
    assert_int_equal(marks_condemn(&entry_of(fd)->file, fd, EIO), 0);
    assert_int_equal(mkdir("removed", 0700), 0);
    int removed = open("removed", O_PATH | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(rmdir("removed"), 0);
    assert_int_equal(dup2(removed, kept), kept);
    assert_int_equal(release_and_close(fd), -EIO);
    assert_false(stands());
    close(removed);
    close(kept);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_201_of_two_descriptors_of_a_directory_one_is_closed),
        TEST(test_201_a_kept_descriptor_whose_number_was_taken_gives_way),
        TEST(test_209_207_whoever_cannot_join_leaves_no_descriptor),
        TEST(test_306_a_child_that_keeps_no_file_keeps_no_descriptor_of_its_directory),
        TEST(test_306_a_child_closes_nothing_that_the_program_has_in_its_place),
        TEST(test_306_a_child_adopts_no_directory_that_is_not_its_files),
        TEST(test_208_309_only_the_files_own_directory_excuses_by_its_removal),
    };
    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
