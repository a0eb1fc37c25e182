/*
 * Failed writes: the file behind the descriptor will be discarded (309).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/pending/errors.h"
#include "shim/pending/entry.h"
#include "shim/pending/guests.h"
#include "shim/pending/pending.h"

void entry_mark_failed(struct pending_entry *entry, int error)
{
    if (entry->role == PENDING_GUEST)
        guests_condemn(entry, error, "writing it failed");
    else if (entry->error == 0)
        entry->error = error;
}

static void mark_failed(struct pending_entry *entry, void *error)
{
    entry_mark_failed(entry, *(const int *)error);
}

void pending_mark_failed(int fd, int error)
{
    (void)entry_with(fd, mark_failed, &error);
}

void pending_note_write_error(int fd, int error)
{
    if (error_spoils_write(error))
        pending_mark_failed(fd, error);
}

void pending_note_copy_error(int fd, int error)
{
    if (error_spoils_copy(error))
        pending_mark_failed(fd, error);
}
