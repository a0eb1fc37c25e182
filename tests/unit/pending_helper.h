/*
 * Pending files by hand, for unit tests: what libc would be told is said here.
 *
 * The tests of a program run in one directory of its own, whose log they may look at.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_TESTS_UNIT_PENDING_HELPER_H
#define OWNERONLY_TESTS_UNIT_PENDING_HELPER_H

#include "shim/pending/pending.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define NAME "secret"
#define LOG "log"

/* A number that no test's own descriptor has. */
enum { FREE_FD = 700 };

static const struct policy_rule rule = {.name = "test", .mode = 0600, .group = POLICY_NO_GROUP};

static inline int open_directory(void)
{
    return open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static inline int open_again(int flags)
{
    return pending_open(open_directory(), NAME, flags, 0666, &rule);
}

static inline int open_pending(void)
{
    return open_again(O_WRONLY | O_CREAT | O_TRUNC);
}

static inline int release_and_close(int fd)
{
    int result = pending_release(fd);
    close(fd);
    return result;
}

static inline bool stands(void)
{
    return access(NAME, F_OK) == 0;
}

static inline void content_is(const char *expected)
{
    char content[64] = "";
    int fd = open(NAME, O_RDONLY);
    assert_true(fd >= 0);
    assert_true(read(fd, content, sizeof content - 1) >= 0);
    close(fd);
    assert_string_equal(content, expected);
}

static inline bool is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

static inline int count_descriptors(void)
{
    int count = 0;
    for (int fd = 0; fd < 1024; fd++)
        count += is_open(fd);
    return count;
}

static inline struct pending_table *the_table(void)
{
    struct pending_table *table;
    assert_int_equal(table_obtain(&table), 0);
    return table;
}

static inline struct pending_entry *entry_of(int fd)
{
    return table_find(the_table(), fd);
}

static inline void wait_for(pid_t child)
{
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

/* Is this in the log's lines? */
static inline bool says(const char *expected)
{
    char lines[4096] = "";
    int fd = open(LOG, O_RDONLY);
    assert_true(read(fd, lines, sizeof lines - 1) >= 0);
    close(fd);
    return strstr(lines, expected) != NULL;
}

static inline int remove_files(void **state)
{
    (void)state;
    unlink(NAME);
    return truncate(LOG, 0);
}

/* Before anything asks for the configuration. */
static inline int make_directory(void **state)
{
    static char path[64], log[80];
    snprintf(path, sizeof path, "/tmp/test_pending.XXXXXX");
    *state = mkdtemp(path);
    if (!*state || chdir(path) < 0)
        return -1;
    snprintf(log, sizeof log, "%s/" LOG, path);
    close(open(log, O_WRONLY | O_CREAT, 0600));
    return setenv("OWNERONLY_LOG", log, 1);
}

static inline int remove_directory(void **state)
{
    unlink(LOG);
    return chdir("/") == 0 ? rmdir(*state) : -1;
}

#define TEST(name) cmocka_unit_test_teardown(name, remove_files)

#endif
