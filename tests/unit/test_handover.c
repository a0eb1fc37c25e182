/*
 * Contract 303: a hand-over says again what was said, and nothing else is taken for one.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/pending/handover.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct handover_record example(void)
{
    struct handover_record record = {
        .pid = 4711,
        .fds = {1, 3, 1023},
        .fd_count = 3,
        .error = 28,
        .file = {.directory_id = {UINT64_MAX, 8, 1},
                 .id = {42, UINT32_MAX, 0},
                 .created_mode = 0600,
                 .exclusive = true,
                 .replaces = true,
                 .temporary = ".owneronly-0123456789abcdef-0",
                 .name = "a:b;c\n\xff.json"},
    };
    return record;
}

static void write(char *bytes, size_t size, const struct handover_record *record)
{
    struct text text = text_begin(bytes, size);
    handover_write(&text, record);
}

static void assert_same(const struct handover_record *a, const struct handover_record *b)
{
    assert_int_equal(a->pid, b->pid);
    assert_int_equal(a->fd_count, b->fd_count);
    assert_memory_equal(a->fds, b->fds, a->fd_count * sizeof a->fds[0]);
    assert_int_equal(a->error, b->error);
    assert_memory_equal(&a->file.id, &b->file.id, sizeof a->file.id);
    assert_memory_equal(&a->file.directory_id, &b->file.directory_id, sizeof a->file.id);
    assert_int_equal(a->file.created_mode, b->file.created_mode);
    assert_int_equal(a->file.exclusive, b->file.exclusive);
    assert_int_equal(a->file.replaces, b->file.replaces);
    assert_string_equal(a->file.temporary, b->file.temporary);
    assert_string_equal(a->file.name, b->file.name);
}

static void test_reads_what_was_written(void **state)
{
    (void)state;
    char bytes[HANDOVER_RECORD_SIZE];
    struct handover_record written = example(), read;
    write(bytes, sizeof bytes, &written);
    const char *at = bytes;
    assert_true(handover_read(&at, &read));
    assert_same(&written, &read);
    assert_int_equal(*at, '\0');
    assert_false(handover_read(&at, &read));
}

static void test_the_largest_record_fits(void **state)
{
    (void)state;
    char bytes[HANDOVER_RECORD_SIZE];
    struct handover_record written = example(), read;
    memset(written.file.name, 0xff, NAME_MAX);
    written.file.name[NAME_MAX] = '\0';
    written.fd_count = HANDOVER_FDS_MAX;
    for (int i = 0; i < HANDOVER_FDS_MAX; i++)
        written.fds[i] = INT32_MAX;
    written.pid = INT32_MAX;
    written.file.id = written.file.directory_id =
        (struct writer_id){UINT64_MAX, UINT32_MAX, UINT32_MAX};
    write(bytes, sizeof bytes, &written);
    const char *at = bytes;
    assert_true(handover_read(&at, &read));
    assert_same(&written, &read);
}

/* Cut at any byte, it is no record: whoever reads half of it must not act on it. */
static void test_no_prefix_is_a_record(void **state)
{
    (void)state;
    char bytes[HANDOVER_RECORD_SIZE];
    struct handover_record written = example(), read;
    write(bytes, sizeof bytes, &written);
    for (size_t length = strlen(bytes); length-- > 0;) {
        bytes[length] = '\0';
        const char *at = bytes;
        assert_false(handover_read(&at, &read));
        assert_ptr_equal(at, bytes);
    }
}

static void test_refuses_what_nobody_wrote(void **state)
{
    (void)state;
    static const char *const forged[] = {
        "",
        ";",
        "hello",
        ":::::::::::;",
        "1:0:0:1:2:3:4:5:6:180:0::61:;",                   /* no descriptor */
        "1:11:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:1:2:3:;",  /* too many */
        "1:1:3:0:1:2:3:4:5:6:180:0:::;",                   /* no name */
        "1:1:3:0:1:2:3:4:5:6:180:0::2f:;",                 /* a slash in the name */
        "1:1:3:0:1:2:3:4:5:6:180:0::00:;",                 /* a NUL */
        "1:1:3:0:1:2:3:4:5:6:180:0::6:;",                  /* half a byte */
        "1:1:3:0:1:2:3:4:5:6:180:4::61:;",                 /* an unknown flag */
        "1:1:80000000:0:1:2:3:4:5:6:180:0::61:;",          /* a negative descriptor */
        "1:1:3:0:10000000000000000:2:3:4:5:6:180:0::61:;", /* an inode of 65 bits */
        "-1:1:3:0:1:2:3:4:5:6:180:0::61:;",
        " 1:1:3:0:1:2:3:4:5:6:180:0::61:;",
    };
    struct handover_record read;
    for (size_t i = 0; i < sizeof forged / sizeof forged[0]; i++) {
        const char *at = forged[i];
        assert_false(handover_read(&at, &read));
    }
    const char *control = "1:1:3:0:1:2:3:4:5:6:180:0::61:;";
    assert_true(handover_read(&control, &read));
}

static void test_a_name_longer_than_any_is_refused(void **state)
{
    (void)state;
    char bytes[HANDOVER_RECORD_SIZE] = "1:1:3:0:1:2:3:4:5:6:180:0::";
    for (int i = 0; i <= NAME_MAX; i++)
        strcat(bytes, "61");
    strcat(bytes, ":;");
    const char *at = bytes;
    struct handover_record read;
    assert_false(handover_read(&at, &read));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_what_was_written),
        cmocka_unit_test(test_the_largest_record_fits),
        cmocka_unit_test(test_no_prefix_is_a_record),
        cmocka_unit_test(test_refuses_what_nobody_wrote),
        cmocka_unit_test(test_a_name_longer_than_any_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
