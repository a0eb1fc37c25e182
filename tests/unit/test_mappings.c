/*
 * Mappings of pending files, and the lock that hooks share: contract 207, 301.
 *
 * What comes between the calls of other threads is done by hand.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/pending/mappings.h"

#include "tests/unit/pending_helper.h"
#include <pthread.h>

static void test_301_a_mapping_ends_with_its_last_piece_and_leaves_no_descriptor(void **state)
{
    (void)state;
    char *const start = (char *)0x10000; /* nothing is mapped there, and nothing needs to be */
    int before = count_descriptors();
    int fd = open_pending();
    assert_int_equal(mappings_add(start, 8192, fd), 0);
    assert_int_equal(mappings_count, 1);
    assert_int_equal(release_and_close(fd), 0);
    assert_int_equal(mappings_remove(start + 4096, 4096), 0);
    assert_false(stands());
    assert_int_equal(mappings_remove(start, 4096), 0);
    assert_true(stands());
    assert_int_equal(mappings_count, 0);
    assert_int_equal(count_descriptors(), before);
}

/* As if another thread mapped it between the kernel's munmap(2) and what comes after that. */
static void test_301_an_address_that_was_mapped_again_meanwhile_is_the_new_mappings(void **state)
{
    (void)state;
    char *const start = (char *)0x10000;
    uint64_t taken = 0, other = 0;
    int before = count_descriptors();
    int fd = open_pending();
    assert_int_equal(mappings_add(start, 8192, fd), 0);
    mappings_take(&taken, start, 8192);
    assert_int_equal(mappings_add(start, 8192, fd), 0);
    mappings_take(&other, start, 8192);
    assert_int_equal(mappings_drop(taken), 0);
    assert_int_equal(mappings_count, 1);
    mappings_give_back(other);
    assert_int_equal(release_and_close(fd), 0);
    assert_false(stands());
    /* What is given back counts as before, in all its pieces. */
    mappings_take(&taken, start + 4096, 4096);
    mappings_give_back(taken);
    assert_int_equal(mappings_remove(start, 4096), 0);
    assert_false(stands());
    assert_int_equal(mappings_remove(start + 4096, 4096), 0);
    assert_true(stands());
    assert_int_equal(count_descriptors(), before);
}

static void test_301_a_number_of_ours_that_is_another_files_by_now_stays_open(void **state)
{
    (void)state;
    char *const start = (char *)0x10000;
    int fd = open_pending();
    assert_int_equal(mappings_add(start, 8192, fd), 0);
    int own = pending_next(fd + 1), null = open("/dev/null", O_WRONLY);
    assert_true(own > fd);
    assert_int_equal(dup2(null, own), own); /* behind the library's back */
    assert_int_equal(mappings_remove(start, 8192), 0);
    assert_true(is_open(own));
    assert_int_equal(release_and_close(own), 0);
    assert_int_equal(release_and_close(fd), 0);
    assert_true(stands());
    close(null);
}

static int turns[2];

static void *hold_lock(void *unused)
{
    char byte = 0;
    (void)unused;
    assert_true(pending_lock());
    assert_int_equal(write(turns[1], &byte, 1), 1);
    assert_int_equal(read(turns[0], &byte, 1), 1);
    pending_unlock();
    return NULL;
}

static void test_207_a_lock_that_another_thread_holds_at_a_fork_is_free_in_the_child(void **state)
{
    (void)state;
    char byte = 0;
    int fd = open_pending(), to_thread[2], to_test[2];
    pthread_t thread;
    assert_int_equal(pipe(to_thread) + pipe(to_test), 0);
    turns[0] = to_thread[0];
    turns[1] = to_test[1];
    assert_int_equal(pthread_create(&thread, NULL, hold_lock, NULL), 0);
    assert_int_equal(read(to_test[0], &byte, 1), 1);
    pid_t child = fork();
    if (child == 0) {
        bool locked = pending_lock();
        pending_unlock();
        _exit(!locked);
    }
    wait_for(child);
    assert_int_equal(write(to_thread[1], &byte, 1), 1);
    pthread_join(thread, NULL);
    assert_int_equal(release_and_close(fd), 0);
    for (int i = 0; i < 2; i++)
        assert_int_equal(close(to_thread[i]) + close(to_test[i]), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_301_a_mapping_ends_with_its_last_piece_and_leaves_no_descriptor),
        TEST(test_301_an_address_that_was_mapped_again_meanwhile_is_the_new_mappings),
        TEST(test_301_a_number_of_ours_that_is_another_files_by_now_stays_open),
        TEST(test_207_a_lock_that_another_thread_holds_at_a_fork_is_free_in_the_child),
    };
    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
