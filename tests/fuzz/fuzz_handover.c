/*
 * Contract 303: any text at all is refused, or is a record that can be written and read again.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/pending/handover.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_name(const char *name, size_t size)
{
    return memchr(name, '\0', size) && !strchr(name, '/');
}

static void check_fds(struct handover_record record)
{
    size_t left = record.fd_count;
    for (int fd = handover_next_fd(&record); fd >= 0; fd = handover_next_fd(&record))
        left--;
    if (left != 0)
        abort();
}

static void check_record(const struct handover_record *record)
{
    if (record->pid < 0 || record->error < 0 || record->version < HANDOVER_OLDEST)
        abort();
    if (record->kind != HANDOVER_OPENER && record->kind != HANDOVER_GUEST)
        abort();
    check_fds(*record);
    if (!is_name(record->file.name, sizeof record->file.name) || record->file.name[0] == '\0')
        abort();
    if (!is_name(record->file.temporary, sizeof record->file.temporary))
        abort();
    if (record->file.created_mode & ~(mode_t)07777)
        abort();
}

static bool is_same_file(const struct writer_file *a, const struct writer_file *b)
{
    return strcmp(a->name, b->name) == 0 && strcmp(a->temporary, b->temporary) == 0 &&
           memcmp(&a->id, &b->id, sizeof a->id) == 0 &&
           memcmp(&a->directory_id, &b->directory_id, sizeof a->directory_id) == 0;
}

/* What is read is what was written, but for where the descriptors stand. */
static void check_written_again(const struct handover_record *record)
{
    size_t size = HANDOVER_RECORD_SIZE + (record->fd_count + 1) * HANDOVER_FD_SIZE;
    char *bytes = malloc(size);
    if (!bytes)
        abort();
    struct text text = text_begin(bytes, size);
    struct handover_record fds = *record;
    struct handover_record again;
    handover_write_head(&text, record);
    for (int fd = handover_next_fd(&fds); fd >= 0; fd = handover_next_fd(&fds))
        handover_write_fd(&text, fd);
    handover_write_tail(&text, record);
    const char *at = bytes;
    if (!handover_read(&at, &again) || *at != '\0')
        abort();
    if (again.kind != record->kind || again.pid != record->pid ||
        again.fd_count != record->fd_count || again.error != record->error ||
        !is_same_file(&again.file, &record->file))
        abort();
    /* Both were cleared before they were filled in; an older version says less. */
    if (record->version == HANDOVER_VERSION &&
        memcmp(&again.file, &record->file, sizeof again.file) != 0)
        abort();
    free(bytes);
}

/* In memory of its own size, so that a byte too far is seen. */
static char *copy_of(const uint8_t *data, size_t size)
{
    char *copy = malloc(size + 1);
    if (!copy)
        abort();
    memcpy(copy, data, size);
    copy[size] = '\0';
    return copy;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *copy = copy_of(data, size);
    const char *at = copy;
    const char *before = at;
    struct handover_record record;

    while (handover_read(&at, &record)) {
        if (at <= before || at > copy + strlen(copy))
            abort();
        before = at;
        check_record(&record);
        check_written_again(&record);
    }
    if (at != before)
        abort();
    free(copy);
    return 0;
}
