/*
 * The writer by hand: contract 105, 201, 204, 206.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/pending/entry.h"
#include "shim/writer/stale.h"
#include "shim/writer/temporary.h"
#include "tests/unit/pending_helper.h"

#include <dirent.h>

static int count_names(void)
{
    int count = 0;
    DIR *directory = opendir(".");
    while (readdir(directory))
        count++;
    closedir(directory);
    return count;
}

static void make_file(const char *name, const char *text)
{
    int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

/* The program reached it by its descriptor: rename(2) of two names of one file does nothing. */
static void test_204_a_pending_file_that_the_program_named_leaves_no_hidden_name(void **state)
{
    (void)state;
    char path[64];
    int before = count_names();
    int fd = open_pending();
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    assert_int_equal(linkat(AT_FDCWD, path, AT_FDCWD, NAME, AT_SYMLINK_FOLLOW), 0);
    assert_int_equal(release_and_close(fd), 0);
    assert_true(stands());
    assert_int_equal(count_names(), before + 1);
}

/* Within one tick of the clock, or by who sets the times back, the size alone tells. */
static void test_105_a_file_that_grew_meanwhile_is_not_replaced(void **state)
{
    (void)state;
    struct stat status;
    make_file(NAME, "old");
    int fd = open_again(O_RDWR);
    assert_true(pending_tracks(fd));
    assert_int_equal(stat(NAME, &status), 0);
    int other = open(NAME, O_WRONLY | O_APPEND);
    assert_int_equal(write(other, "er", 2), 2);
    close(other);
    const struct timespec times[] = {status.st_atim, status.st_mtim};
    assert_int_equal(utimensat(AT_FDCWD, NAME, times, 0), 0);
    assert_int_equal(write(fd, "new", 3), 3);
    assert_int_equal(release_and_close(fd), -ESTALE);
    content_is("older");
}

static void test_201_a_directory_that_is_another_is_not_written_to(void **state)
{
    (void)state;
    int fd = open_pending();
    struct pending_entry *entry = entry_of(fd);
    int kept = entry->file.directory;
    int null = open("/dev/null", O_RDONLY);
    assert_int_equal(dup2(null, kept), kept);
    entry->file.directory_id.inode++; /* as if the file had been moved to where it lies */
    assert_int_equal(release_and_close(fd), -ESTALE);
    assert_false(stands());
    close(kept);
    close(null);
}

static void test_206_only_what_is_ones_own_and_nobodys_is_removed(void **state)
{
    (void)state;
    int directory = open_directory();
    assert_true(stale_remove(directory, "hidden")); /* somebody else did */
    make_file("hidden", "");
    assert_true(stale_remove(directory, "hidden"));
    assert_int_equal(access("hidden", F_OK), -1);
    assert_int_equal(mkdir("hidden", 0700), 0);
    assert_false(stale_remove(directory, "hidden"));
    assert_int_equal(rmdir("hidden"), 0);
    assert_int_equal(symlink("nowhere", "hidden"), 0);
    assert_false(stale_remove(directory, "hidden"));
    assert_int_equal(unlink("hidden"), 0);
    make_file("hidden", "");
    int held = stale_hold(directory, "hidden", NULL);
    assert_true(held >= 0);
    assert_false(stale_remove(directory, "hidden"));
    close(held);
    assert_true(stale_remove(directory, "hidden"));
    close(directory);
}

static void test_206_what_is_another_users_is_not_removed(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    int directory = open_directory();
    make_file("hidden", "");
    assert_int_equal(chown("hidden", 65534, 65534), 0);
    assert_false(stale_remove(directory, "hidden"));
    assert_int_equal(chown("hidden", 0, 0), 0);
    assert_true(stale_remove(directory, "hidden"));
    close(directory);
}

static void test_206_a_hidden_name_is_known_by_all_of_it(void **state)
{
    (void)state;
    static const char *const others[] = {".owneronly-0123456789abcdef-0123456789abcdef-",
                                         ".owneronly-0123456789abcdef-0123456789abcdef-8",
                                         ".owneronly-0123456789abcdef-0123456789abcdef-00",
                                         ".owneronly-0123456789abcdeg-0123456789abcdef-0",
                                         ".owneronly-0123456789ABCDEF-0123456789abcdef-0",
                                         ".owneronly-0123456789abcdef00123456789abcdef-0",
                                         ".owneronly-0123456789abcdef-0123456789abcdef00",
                                         ".owneronly-0123456789abcdef",
                                         ".owneronly-",
                                         "owneronly-0123456789abcdef-0123456789abcdef-0",
                                         "client_api_config.json"};
    uint64_t host;
    assert_true(temporary_is_name(".owneronly-0123456789abcdef-fedcba9876543210-0", &host));
    assert_true(host == UINT64_C(0xfedcba9876543210));
    assert_true(temporary_is_name(".owneronly-0123456789abcdef-7", &host));
    assert_true(host == 0);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_false(temporary_is_name(others[i], &host));
}

static void name_of(const char *target, uint32_t device_minor, int attempt,
                    char name[WRITER_TEMPORARY_SIZE])
{
    uint64_t host;
    struct writer_file file = {.directory_id = {1, 8, device_minor}};
    strcpy(file.name, target);
    if (attempt < 0)
        assert_int_equal(temporary_turn_name(&file, name), 0);
    else
        assert_int_equal(temporary_name(&file, attempt, name), 0);
    assert_true(temporary_is_name(name, &host));
}

static void test_206_hidden_names_differ_by_target_mount_and_slot_and_then_by_chance(void **state)
{
    (void)state;
    char name[WRITER_TEMPORARY_SIZE], other[WRITER_TEMPORARY_SIZE];
    for (int attempt = -1; attempt < TEMPORARY_ATTEMPTS; attempt++) {
        name_of("a", 1, attempt, name);
        name_of("a", 1, attempt, other);
        assert_true((strcmp(name, other) == 0) == (attempt < TEMPORARY_SLOTS));
        name_of("b", 1, attempt, other);
        assert_string_not_equal(name, other);
        name_of("a", 2, attempt, other);
        assert_string_not_equal(name, other);
        name_of("a", 1, attempt == 0 ? 1 : 0, other);
        assert_string_not_equal(name, other);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_204_a_pending_file_that_the_program_named_leaves_no_hidden_name),
        TEST(test_105_a_file_that_grew_meanwhile_is_not_replaced),
        TEST(test_201_a_directory_that_is_another_is_not_written_to),
        TEST(test_206_only_what_is_ones_own_and_nobodys_is_removed),
        TEST(test_206_what_is_another_users_is_not_removed),
        TEST(test_206_a_hidden_name_is_known_by_all_of_it),
        TEST(test_206_hidden_names_differ_by_target_mount_and_slot_and_then_by_chance),
    };
    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
