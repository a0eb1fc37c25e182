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

static void check_record(const struct handover_record *record)
{
    if (record->pid < 0 || record->error < 0)
        abort();
    if (record->fd_count == 0 || record->fd_count > HANDOVER_FDS_MAX)
        abort();
    for (size_t i = 0; i < record->fd_count; i++)
        if (record->fds[i] < 0)
            abort();
    if (!is_name(record->file.name, sizeof record->file.name) || record->file.name[0] == '\0')
        abort();
    if (!is_name(record->file.temporary, sizeof record->file.temporary))
        abort();
    if (record->file.created_mode & ~(mode_t)07777)
        abort();
}

static void check_written_again(const struct handover_record *record)
{
    char bytes[HANDOVER_RECORD_SIZE];
    struct text text = text_begin(bytes, sizeof bytes);
    struct handover_record again;
    handover_write(&text, record);
    const char *at = bytes;
    if (!handover_read(&at, &again) || *at != '\0')
        abort();
    /* Both were cleared before they were filled in. */
    if (memcmp(record, &again, sizeof again) != 0)
        abort();
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
