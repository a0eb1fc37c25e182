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

#define FDS_MAX 16

struct example {
    struct handover_record record;
    int fds[FDS_MAX];
    size_t fd_count;
};

static struct example example(void)
{
    return (struct example){
        .record = {.kind = HANDOVER_OPENER,
                   .pid = 4711,
                   .error = 28,
                   .file = {.directory_id = {UINT64_MAX, 8, 1},
                            .directory = 960,
                            .id = {42, UINT32_MAX, 0},
                            .created_mode = 0600,
                            .asked_mode = WRITER_NO_MODE,
                            .exclusive = true,
                            .replaces = true,
                            .updates = true,
                            .copied = {{9, 8, 1}, 100, INT64_MAX, 999999999},
                            .temporary = ".owneronly-0123456789abcdef-fedcba9876543210-0",
                            .name = "a:b;c\n\xff.json"}},
        .fds = {1, 3, 1023},
        .fd_count = 3,
    };
}

static void write(char *bytes, size_t size, const struct example *example)
{
    struct text text = text_begin(bytes, size);
    handover_write_head(&text, &example->record);
    for (size_t i = 0; i < example->fd_count; i++)
        handover_write_fd(&text, example->fds[i]);
    handover_write_tail(&text, &example->record);
}

static void assert_same(const struct example *written, struct handover_record *b)
{
    const struct handover_record *a = &written->record;
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->pid, b->pid);
    for (size_t i = 0; i < written->fd_count; i++)
        assert_int_equal(handover_next_fd(b), written->fds[i]);
    assert_int_equal(handover_next_fd(b), -1);
    assert_int_equal(a->error, b->error);
    assert_memory_equal(&a->file.id, &b->file.id, sizeof a->file.id);
    assert_memory_equal(&a->file.directory_id, &b->file.directory_id, sizeof a->file.id);
    assert_int_equal(a->file.directory, b->file.directory);
    assert_int_equal(a->file.created_mode, b->file.created_mode);
    assert_int_equal(a->file.asked_mode, b->file.asked_mode);
    assert_int_equal(a->file.exclusive, b->file.exclusive);
    assert_int_equal(a->file.replaces, b->file.replaces);
    assert_int_equal(a->file.updates, b->file.updates);
    assert_memory_equal(&a->file.copied.id, &b->file.copied.id, sizeof a->file.copied.id);
    assert_int_equal(a->file.copied.size, b->file.copied.size);
    assert_int_equal(a->file.copied.seconds, b->file.copied.seconds);
    assert_int_equal(a->file.copied.nanoseconds, b->file.copied.nanoseconds);
    assert_string_equal(a->file.temporary, b->file.temporary);
    assert_string_equal(a->file.name, b->file.name);
}

static void test_reads_what_was_written(void **state)
{
    (void)state;
    char bytes[HANDOVER_RECORD_SIZE];
    struct example written = example();
    struct handover_record read;
    write(bytes, sizeof bytes, &written);
    const char *at = bytes;
    assert_true(handover_read(&at, &read));
    assert_int_equal(read.version, HANDOVER_VERSION);
    assert_same(&written, &read);
    assert_int_equal(*at, '\0');
    assert_false(handover_read(&at, &read));
}

/* Each alone, so that none is a copy of another. */
static void test_every_field_is_its_own(void **state)
{
    (void)state;
    char bytes[HANDOVER_RECORD_SIZE];
    struct example plain = example();
    plain.record.file.exclusive = plain.record.file.replaces = false;
    plain.record.file.directory = -1;
    plain.record.file.temporary[0] = '\0';
    struct example changed[] = {plain, plain, plain, plain, plain, plain};
    changed[0].record.file.exclusive = true;
    changed[1].record.file.replaces = true;
    changed[2].record.file.directory = 0;
    changed[3].record.kind = HANDOVER_GUEST;
    changed[4].record.error = 0;
    changed[5].record.file.created_mode = 07777;
    changed[5].record.file.asked_mode = 0400;
    for (size_t i = 0; i < sizeof changed / sizeof changed[0]; i++) {
        struct handover_record read;
        const char *at = bytes;
        write(bytes, sizeof bytes, &changed[i]);
        assert_true(handover_read(&at, &read));
        assert_same(&changed[i], &read);
    }
}

static void test_the_largest_record_fits(void **state)
{
    (void)state;
    char bytes[HANDOVER_RECORD_SIZE + FDS_MAX * HANDOVER_FD_SIZE];
    struct example written = example();
    struct handover_record read;
    memset(written.record.file.name, 0xff, NAME_MAX);
    written.record.file.name[NAME_MAX] = '\0';
    memset(written.record.file.temporary, 'x', WRITER_TEMPORARY_SIZE - 1);
    written.record.file.temporary[WRITER_TEMPORARY_SIZE - 1] = '\0';
    written.fd_count = FDS_MAX;
    for (int i = 0; i < FDS_MAX; i++)
        written.fds[i] = INT32_MAX;
    written.record.pid = INT32_MAX;
    written.record.file.id = written.record.file.directory_id =
        (struct writer_id){UINT64_MAX, UINT32_MAX, UINT32_MAX};
    write(bytes, sizeof bytes, &written);
    const char *at = bytes;
    assert_true(handover_read(&at, &read));
    assert_same(&written, &read);
}

/* What the first version wrote, byte for byte: a shell that was started before an upgrade. */
static void test_reads_version_1(void **state)
{
    (void)state;
    const char *at = "1267:3:1:3:3ff:1c:ffffffffffffffff:8:1:2a:ffffffff:0:180:3:"
                     "2e6f776e65726f6e6c792d303132333435363738396162636465662d30:"
                     "613a623b630aff2e6a736f6e:;";
    struct example written = example();
    struct writer_file *file = &written.record.file;
    file->directory = -1;
    file->updates = false;
    memset(&file->copied, 0, sizeof file->copied);
    strcpy(file->temporary, ".owneronly-0123456789abcdef-0");
    struct handover_record read;
    assert_true(handover_read(&at, &read));
    assert_int_equal(read.version, 1);
    assert_same(&written, &read);
    assert_int_equal(*at, '\0');
}

/* Fields behind the last one that is known are skipped, and so are flags of another version. */
static void test_reads_what_a_later_version_adds(void **state)
{
    (void)state;
    char bytes[HANDOVER_RECORD_SIZE];
    struct example written = example();
    struct handover_record read;
    write(bytes, sizeof bytes, &written);
    bytes[strlen(bytes) - 1] = '\0';
    strcat(bytes, "2a:x y:;");
    memcpy(bytes, "v3:", 3);
    const char *at = bytes;
    assert_true(handover_read(&at, &read));
    assert_int_equal(read.version, 3);
    assert_same(&written, &read);
    assert_int_equal(*at, '\0');

    at = "v3:0:1:3:-:0:1:2:3:0:4:5:6:180:fb::61:;";
    assert_true(handover_read(&at, &read));
    at = "v2:0:1:3:-:0:1:2:3:0:4:5:6:180:ff::61:;";
    assert_false(handover_read(&at, &read));
}

/* Cut at any byte, it is no record: whoever reads half of it must not act on it. */
static void test_no_prefix_is_a_record(void **state)
{
    (void)state;
    char bytes[HANDOVER_RECORD_SIZE];
    struct example written = example();
    struct handover_record read;
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
        "1:f:3:0:1:2:3:4:5:6:180:0::61:;",                 /* more are said than there are */
        "1:1:3:0:1:2:3:4:5:6:180:0:::;",                   /* no name */
        "1:1:3:0:1:2:3:4:5:6:180:0::2f:;",                 /* a slash in the name */
        "1:1:3:0:1:2:3:4:5:6:180:0::00:;",                 /* a NUL */
        "1:1:3:0:1:2:3:4:5:6:180:0::6:;",                  /* half a byte */
        "1:1:3:0:1:2:3:4:5:6:180:4::61:;",                 /* an unknown flag */
        "1:1:80000000:0:1:2:3:4:5:6:180:0::61:;",          /* a negative descriptor */
        "1:1:3:0:10000000000000000:2:3:4:5:6:180:0::61:;", /* an inode of 65 bits */
        "-1:1:3:0:1:2:3:4:5:6:180:0::61:;",
        "v2:0:1:-:0:1:2:3:0:4:5:6:180:0::61:;", /* no descriptor */
        "v2:0:1:3:0:1:2:3:0:4:5:6:180:0::61:;", /* and no end of them */
        "v:0:1:3:-:0:1:2:3:0:4:5:6:180:0::61:;",
        " 1:1:3:0:1:2:3:4:5:6:180:0::61:;",
    };
    struct handover_record read;
    for (size_t i = 0; i < sizeof forged / sizeof forged[0]; i++) {
        const char *at = forged[i];
        assert_false(handover_read(&at, &read));
    }
    const char *control = "1:1:3:0:1:2:3:4:5:6:180:0::61:;";
    assert_true(handover_read(&control, &read));
    control = "v2:0:1:3:-:0:1:2:3:0:4:5:6:180:0::61:;";
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
        cmocka_unit_test(test_every_field_is_its_own),
        cmocka_unit_test(test_reads_version_1),
        cmocka_unit_test(test_reads_what_a_later_version_adds),
        cmocka_unit_test(test_the_largest_record_fits),
        cmocka_unit_test(test_no_prefix_is_a_record),
        cmocka_unit_test(test_refuses_what_nobody_wrote),
        cmocka_unit_test(test_a_name_longer_than_any_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
