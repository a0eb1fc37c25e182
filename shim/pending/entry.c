/*
 * One entry of the table.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/pending/entry.h"
#include "shim/log/log.h"

/* Directory and name as one number (FNV-1a), which other threads can compare without a lock. */
static uint64_t key_of(const struct writer_file *file)
{
    const uint64_t prime = 0x100000001b3U;
    uint64_t key = 0xcbf29ce484222325U;
    key = (key ^ file->directory_id.inode) * prime;
    key = (key ^ file->directory_id.device_major) * prime;
    key = (key ^ file->directory_id.device_minor) * prime;
    for (const char *c = file->name; *c; c++)
        key = (key ^ (unsigned char)*c) * prime;
    return key;
}

void entry_start(struct pending_entry *entry)
{
    atomic_store(&entry->key, key_of(&entry->file));
    atomic_store(&entry->references, 1);
}

bool entry_has_twin(struct pending_table *table, const struct pending_entry *entry)
{
    for (int slot = 0; slot < PENDING_MAX; slot++) {
        struct pending_entry *other = &table->entries[slot];
        if (other != entry && atomic_load(&other->references) != PENDING_FREE &&
            atomic_load(&other->key) == atomic_load(&entry->key))
            return true;
    }
    return false;
}

void entry_end(struct pending_entry *entry)
{
    writer_close(&entry->file);
    atomic_store(&entry->key, 0);
    atomic_store(&entry->stream, NULL);
    atomic_store(&entry->error, 0);
    atomic_store(&entry->references, PENDING_FREE);
}

void entry_mark_failed(struct pending_entry *entry, int error)
{
    int none = 0;
    atomic_compare_exchange_strong(&entry->error, &none, error);
}

void entry_report(const struct pending_entry *entry, const char *action, int result)
{
    static const char left_to[][8] = {
        [WRITER_LEFT_TO_PROGRAM] = "program", [WRITER_LEFT_TO_CHILD] = "child"};
    const struct writer_file *file = &entry->file;
    log_decision(&(struct log_decision){
        .action = action,
        .rule = file->rule,
        .directory = file->directory >= 0 ? file->directory : AT_FDCWD,
        .name = file->name,
        .result = result,
        .reason = file->reason,
        .published = file->published,
        .mode = file->mode,
        .size = file->size,
        .left_to = file->left_to == WRITER_LEFT_TO_NOBODY ? NULL : left_to[file->left_to],
    });
}

void entry_report_beginning(const struct pending_entry *entry)
{
    const struct writer_file *file = &entry->file;
    log_decision(&(struct log_decision){
        .action = "begin",
        .rule = file->rule,
        .directory = file->directory,
        .name = file->name,
        .is_beginning = true,
    });
}
