/*
 * The table of pending files and its pools: contract 106, 207, 301, 302.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/pending/entry.h"
#include "shim/pending/names.h"
#include "tests/unit/pending_helper.h"

enum { FDS = 3 };

static void assert_tracked(struct pending_table *table, const struct pending_entry *entry,
                           const bool tracked[FDS])
{
    bool listed[FDS] = {false};
    int previous = -1;
    for (int fd = entry->first_fd; fd >= 0; fd = table->next_fd[fd]) {
        assert_in_range(fd, FREE_FD, FREE_FD + FDS - 1);
        assert_false(listed[fd - FREE_FD]);
        assert_int_equal(table->previous_fd[fd], previous);
        listed[fd - FREE_FD] = true;
        previous = fd;
    }
    assert_memory_equal(listed, tracked, sizeof listed);
}

static void test_301_descriptors_of_one_file_end_in_any_order(void **state)
{
    (void)state;
    static const int orders[][FDS] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                      {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    struct pending_table *table = the_table();
    for (size_t order = 0; order < sizeof orders / sizeof orders[0]; order++) {
        struct pending_entry *entry = entry_claim(table);
        bool tracked[FDS] = {false};
        entry->file.directory = -1;
        for (int i = 0; i < FDS; i++) {
            table_track(table, FREE_FD + i, entry);
            tracked[i] = true;
            assert_tracked(table, entry, tracked);
            assert_int_equal(atomic_load(&table->open), 1);
        }
        for (int i = 0; i < FDS; i++) {
            assert_int_equal(entry->state, PENDING_OPEN);
            struct pending_entry *last = table_untrack(table, FREE_FD + orders[order][i]);
            assert_ptr_equal(last, i == FDS - 1 ? entry : NULL);
            tracked[orders[order][i]] = false;
            assert_tracked(table, entry, tracked);
        }
        assert_int_equal(entry->state, PENDING_ENDING);
        assert_int_equal(atomic_load(&table->open), 0);
        assert_int_equal(atomic_load(&table->ending), 1);
        entry_end(table, entry);
        assert_int_equal(entry->state, PENDING_FREE);
        assert_int_equal(atomic_load(&table->ending), 0);
    }
}

static void test_302_the_highest_descriptor_is_found(void **state)
{
    (void)state;
    struct pending_table *table = the_table();
    struct pending_entry *entry = entry_claim(table);
    entry->file.directory = -1;
    int limit = atomic_load(&table->fd_limit);
    table_track(table, limit, entry);
    assert_int_equal(table_next(table, 0), limit);
    assert_int_equal(table_next(table, limit + 1), -1);
    assert_ptr_equal(table_untrack(table, limit), entry);
    assert_int_equal(table_next(table, 0), -1);
    entry_end(table, entry);
}

/* Of any pool: as many objects as there ever were at one time. */
static void test_207_what_was_given_is_taken_again(void **state)
{
    (void)state;
    struct pool pool = {.object_size = sizeof(struct pool_link)};
    for (int round = 0; round < 3; round++) {
        uint32_t numbers[5];
        for (int i = 0; i < 5; i++)
            numbers[i] = pool_take(&pool);
        for (int i = 0; i < 5; i++)
            pool_give(&pool, numbers[i]);
    }
    assert_int_equal(pool.count, 5);
}

/* What the table is told, it is told of these numbers, and nothing stands for them. */
static void test_106_names_of_one_hash_are_told_apart(void **state)
{
    (void)state;
    struct pending_table *table = the_table();
    struct pending_entry *entry = entry_claim(table);
    struct writer_id here = {.inode = 1}, elsewhere = {.inode = 2};
    entry->file = (struct writer_file){.directory = -1, .directory_id = here, .name = NAME};
    table_add_name(table, entry);
    assert_ptr_equal(table_find_name(table, &here, NAME, NULL), entry);
    /* As if another directory, or another name, had the same hash. */
    entry->file.directory_id = elsewhere;
    assert_null(table_find_name(table, &here, NAME, NULL));
    entry->file.directory_id = here;
    strcpy(entry->file.name, "other");
    assert_null(table_find_name(table, &here, NAME, NULL));
    strcpy(entry->file.name, NAME);
    entry_end(table, entry);
    assert_null(table_find_name(table, &here, NAME, NULL));
}

/* A handler of SIGSYS may look at the name that its own thread is just ending. */
static void test_207_208_who_ends_a_file_does_not_wait_for_that(void **state)
{
    (void)state;
    struct pending_table *table = the_table();
    struct pending_entry *entry = entry_claim(table);
    struct writer_id here = {.inode = 1};
    entry->file = (struct writer_file){.directory = -1, .directory_id = here, .name = NAME};
    assert_int_equal(entry_register(table, entry), 0);
    table_lock(table);
    table_track(table, FREE_FD, entry);
    assert_ptr_equal(entry_find_open(table, &here, NAME), entry);
    uint32_t ended = pending_ended();
    assert_ptr_equal(table_untrack(table, FREE_FD), entry);
    assert_false(table_is_empty(table));
    assert_null(entry_find_open(table, &here, NAME));
    table_unlock(table);
    assert_int_equal(pending_ended(), ended);
    entry_end(table, entry);
    assert_int_equal(pending_ended(), ended + 1);
    assert_true(table_is_empty(table));
}

static void test_207_a_name_that_ended_is_asked_no_more(void **state)
{
    (void)state;
    int fd = open_pending();
    assert_true(pending_may_be_named(NAME));
    assert_int_equal(release_and_close(fd), 0);
    assert_false(pending_may_be_named(NAME));
}

/* The list of free ones is its parent's: each may be given once only. */
static void test_306_a_forked_child_takes_no_object_twice(void **state)
{
    (void)state;
    enum { FILES = 5 };
    int fds[FILES];
    for (int i = 0; i < FILES; i++)
        fds[i] = open_pending();
    for (int i = 0; i < FILES; i++)
        assert_int_equal(release_and_close(fds[i]), 0);
    pid_t child = fork();
    if (child == 0) {
        struct pending_table *table = table_own();
        struct pending_entry *entries[2 * FILES];
        uint32_t directories[2 * FILES];
        bool twice = false;
        for (int i = 0; i < 2 * FILES; i++) {
            entries[i] = entry_claim(table);
            directories[i] = pool_take(&table->directories);
            for (int j = 0; j < i; j++)
                twice |= entries[i] == entries[j] || directories[i] == directories[j];
        }
        _exit(twice);
    }
    wait_for(child);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_301_descriptors_of_one_file_end_in_any_order),
        TEST(test_302_the_highest_descriptor_is_found),
        TEST(test_207_what_was_given_is_taken_again),
        TEST(test_106_names_of_one_hash_are_told_apart),
        TEST(test_207_208_who_ends_a_file_does_not_wait_for_that),
        TEST(test_207_a_name_that_ended_is_asked_no_more),
        TEST(test_306_a_forked_child_takes_no_object_twice),
    };
    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
