/*
 * The kept descriptors of directories.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/pending/directories.h"

static struct pending_directory *directory_at(struct pending_table *table, uint32_t number)
{
    return number ? pool_at(&table->directories, number) : NULL;
}

/* Inode numbers follow one another as a rule. */
static uint32_t *head_of(struct pending_table *table, const struct writer_id *id)
{
    uint64_t mixed = id->inode ^ id->device_major ^ (uint64_t)id->device_minor << 4;
    return &table->directory_heads[mixed % PENDING_DIRECTORY_BUCKETS];
}

static uint32_t find(struct pending_table *table, const struct writer_id *id)
{
    uint32_t number = *head_of(table, id);
    while (number && !writer_same_id(&directory_at(table, number)->id, id))
        number = directory_at(table, number)->link.next;
    return number;
}

static void link_in(struct pending_table *table, uint32_t number)
{
    struct pending_directory *directory = directory_at(table, number);
    uint32_t *head = head_of(table, &directory->id);
    directory->link.next = *head;
    *head = number;
}

static void take_out(struct pending_table *table, uint32_t number)
{
    uint32_t *at = head_of(table, &directory_at(table, number)->id);
    while (*at != number)
        at = &directory_at(table, *at)->link.next;
    *at = directory_at(table, number)->link.next;
    directory_at(table, number)->fd = -1;
    pool_give(&table->directories, number);
}

/* The number of entry's directory, which has one file more; 0 without memory. */
static uint32_t reference(struct pending_table *table, const struct writer_file *file)
{
    uint32_t number = find(table, &file->directory_id);
    struct pending_directory *directory = directory_at(table, number);
    if (!directory) {
        number = pool_take(&table->directories);
        if (number == 0)
            return 0;
        directory = directory_at(table, number);
        directory->files = 0;
        directory->fd = file->directory;
        directory->id = file->directory_id;
        link_in(table, number);
    }
    directory->files++;
    return number;
}

static bool is_open(int fd, const struct writer_id *id)
{
    struct statx status;
    return sys_fstat(fd, &status) == 0 && writer_id_matches(id, &status);
}

void directories_join(struct pending_table *table, struct pending_entry *entry)
{
    struct writer_file *file = &entry->file;
    table_lock(table);
    entry->directory = reference(table, file);
    struct pending_directory *directory = directory_at(table, entry->directory);
    int kept = directory ? directory->fd : -1;
    table_unlock(table);
    if (!directory || kept == file->directory)
        return;
    /* The program may have closed it; then this one is better. */
    bool good = is_open(kept, &file->directory_id);
    table_lock(table);
    bool takes_over = !good && directory->fd == kept;
    if (takes_over)
        directory->fd = file->directory;
    kept = directory->fd;
    table_unlock(table);
    if (!takes_over)
        sys_close(file->directory);
    file->directory = kept;
}

void directories_update(struct pending_table *table, struct pending_entry *entry)
{
    if (entry->directory)
        entry->file.directory = directory_at(table, entry->directory)->fd;
}

/* The writer opened it again, because the program had closed it: the others may use that one. */
static void settle(struct pending_directory *directory, int reopened)
{
    if (is_open(directory->fd, &directory->id))
        sys_close(reopened);
    else
        directory->fd = reopened;
}

void directories_leave(struct pending_table *table, struct pending_entry *entry)
{
    struct pending_directory *directory = directory_at(table, entry->directory);
    if (!directory)
        return;
    if (entry->file.directory >= 0 && entry->file.directory != directory->fd)
        settle(directory, entry->file.directory);
    entry->file.directory = -1;
    if (--directory->files == 0) {
        entry->file.directory = directory->fd;
        take_out(table, entry->directory);
    }
    entry->directory = 0;
}

void directories_forget(struct pending_table *table)
{
    for (int i = 0; i < PENDING_DIRECTORY_BUCKETS; i++)
        if (table->directory_heads[i] != 0)
            table->directory_heads[i] = 0;
    pool_forget_free(&table->directories);
    for (uint32_t number = 1; number <= table->directories.count; number++)
        directory_at(table, number)->files = 0;
}

void directories_adopt(struct pending_table *table, struct pending_entry *entry)
{
    struct pending_directory *directory = NULL;
    if (entry->directory <= table->directories.count)
        directory = directory_at(table, entry->directory);
    if (directory && writer_same_id(&directory->id, &entry->file.directory_id)) {
        if (directory->files++ == 0)
            link_in(table, entry->directory);
    } else {
        entry->directory = 0;
        entry->file.directory = -1;
    }
}

void directories_close_unused(struct pending_table *table)
{
    for (uint32_t number = 1; number <= table->directories.count; number++) {
        struct pending_directory *directory = directory_at(table, number);
        if (directory->files > 0)
            continue;
        if (directory->fd >= 0 && is_open(directory->fd, &directory->id))
            sys_close(directory->fd);
        directory->fd = -1;
        pool_give(&table->directories, number);
    }
}
