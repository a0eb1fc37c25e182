/*
 * A hand-over as text: hexadecimal numbers and names, each ended by ':', each record by ';'.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/pending/handover.h"

#include <string.h>

enum { EXCLUSIVE = 1, REPLACES = 2, UPDATES = 4 };

/* No hexadecimal digits. */
#define VERSION_SIGN "v"
#define FDS_END "-:"

static void write_number(struct text *text, uint64_t number)
{
    text_put_digits(text, number, 16, 1);
    text_put(text, ":");
}

static void write_id(struct text *text, const struct writer_id *id)
{
    write_number(text, id->inode);
    write_number(text, id->device_major);
    write_number(text, id->device_minor);
}

static void write_version(struct text *text, const struct writer_version *version)
{
    write_id(text, &version->id);
    write_number(text, version->size);
    write_number(text, (uint64_t)version->seconds);
    write_number(text, version->nanoseconds);
}

/* Of a file's permissions, S_ISUID and its kin included. */
#define MODE_BITS 12

/* Two digits a byte, so a name can hold anything. */
static void write_name(struct text *text, const char *name)
{
    for (; *name; name++)
        text_put_digits(text, (unsigned char)*name, 16, 2);
    text_put(text, ":");
}

void handover_write_head(struct text *text, const struct handover_record *record)
{
    text_put(text, VERSION_SIGN);
    write_number(text, HANDOVER_VERSION);
    write_number(text, record->kind);
    write_number(text, (uint64_t)record->pid);
}

void handover_write_fd(struct text *text, int fd)
{
    write_number(text, (uint64_t)fd);
}

void handover_write_tail(struct text *text, const struct handover_record *record)
{
    const struct writer_file *file = &record->file;
    text_put(text, FDS_END);
    write_number(text, (uint64_t)record->error);
    write_id(text, &file->directory_id);
    write_number(text, file->directory >= 0 ? (uint64_t)file->directory + 1 : 0);
    write_id(text, &file->id);
    write_number(text, file->created_mode | (WRITER_NO_MODE & ~file->asked_mode) << MODE_BITS);
    write_number(text, (file->exclusive ? EXCLUSIVE : 0) | (file->replaces ? REPLACES : 0) |
                           (file->updates ? UPDATES : 0));
    write_name(text, file->temporary);
    write_name(text, file->name);
    if (file->updates)
        write_version(text, &file->copied);
    if (file->access_added)
        write_number(text, (uint64_t)file->access_added);
    text_put(text, ";");
}

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* A reader stops for good at the first thing that is not as it must be: *text is NULL then. */
static uint64_t read_number(const char **text, uint64_t largest)
{
    const char *c = *text;
    uint64_t number = 0;
    if (!c)
        return 0;
    bool any = digit(*c) >= 0;
    for (; digit(*c) >= 0 && number <= largest >> 4; c++)
        number = number << 4 | (uint64_t)digit(*c);
    *text = any && *c == ':' && number <= largest ? c + 1 : NULL;
    return number;
}

static struct writer_id read_id(const char **text)
{
    struct writer_id id;
    id.inode = read_number(text, UINT64_MAX);
    id.device_major = (uint32_t)read_number(text, UINT32_MAX);
    id.device_minor = (uint32_t)read_number(text, UINT32_MAX);
    return id;
}

static void read_version(const char **text, struct writer_version *version)
{
    version->id = read_id(text);
    version->size = read_number(text, UINT64_MAX);
    version->seconds = (int64_t)read_number(text, UINT64_MAX);
    version->nanoseconds = (uint32_t)read_number(text, UINT32_MAX);
}

static bool name_byte_is_valid(int byte)
{
    return byte > 0 && byte != '/';
}

static void read_name(const char **text, char *name, size_t size)
{
    const char *c = *text;
    size_t length = 0;
    while (c && *c != ':') {
        int high = digit(c[0]);
        int low = high < 0 ? -1 : digit(c[1]);
        int byte = low < 0 ? -1 : high << 4 | low;
        if (!name_byte_is_valid(byte) || length + 1 >= size) {
            c = NULL;
        } else {
            name[length++] = (char)byte;
            c += 2;
        }
    }
    name[length] = '\0';
    *text = c ? c + 1 : NULL;
}

/* Descriptors are counted only: handover_next_fd() reads them. */
static void read_fds(const char **text, struct handover_record *record)
{
    record->fds = *text;
    while (*text && strncmp(*text, FDS_END, strlen(FDS_END)) != 0) {
        (void)read_number(text, INT32_MAX);
        record->fd_count++;
    }
    if (*text)
        *text += strlen(FDS_END);
}

/* Version 1 says how many there are instead. */
static void read_counted_fds(const char **text, struct handover_record *record)
{
    record->fd_count = (size_t)read_number(text, INT32_MAX);
    record->fds = *text;
    for (size_t i = 0; *text && i < record->fd_count; i++)
        (void)read_number(text, INT32_MAX);
}

static void read_head(const char **text, struct handover_record *record)
{
    record->version = 1;
    if (strncmp(*text, VERSION_SIGN, strlen(VERSION_SIGN)) == 0) {
        *text += strlen(VERSION_SIGN);
        record->version = (uint32_t)read_number(text, UINT32_MAX);
        record->kind = (enum handover_kind)read_number(text, INT32_MAX);
    }
    record->pid = (pid_t)read_number(text, INT32_MAX);
    if (record->version == 1)
        read_counted_fds(text, record);
    else
        read_fds(text, record);
}

/* Two in one number: above the created mode, what the program asked to be left out of it (403). */
static void read_modes(const char **text, struct handover_record *record)
{
    mode_t largest = record->version > 1 ? (1U << 2 * MODE_BITS) - 1 : WRITER_NO_MODE;
    mode_t modes = (mode_t)read_number(text, largest);
    record->file.created_mode = modes & WRITER_NO_MODE;
    record->file.asked_mode = WRITER_NO_MODE & ~(modes >> MODE_BITS);
}

/* Optional, so whatever else stands there is skipped. */
static int read_access_added(const char **text)
{
    const char *at = *text;
    int added = (int)read_number(&at, O_ACCMODE);
    if (!at)
        return 0;
    *text = at;
    return added;
}

/* Fields of a later version. */
static void skip_unknown(const char **text)
{
    while (*text && **text != ';' && **text != '\0')
        (*text)++;
}

static uint64_t flags_known(uint32_t version)
{
    if (version > HANDOVER_VERSION)
        return UINT32_MAX;
    return version == 1 ? EXCLUSIVE | REPLACES : EXCLUSIVE | REPLACES | UPDATES;
}

bool handover_read(const char **text, struct handover_record *record)
{
    const char *at = *text;
    struct writer_file *file = &record->file;
    memset(record, 0, sizeof *record);
    read_head(&at, record);
    record->error = (int)read_number(&at, 4095);
    file->directory_id = read_id(&at);
    file->directory = record->version > 1 ? (int)read_number(&at, INT32_MAX) - 1 : -1;
    file->id = read_id(&at);
    read_modes(&at, record);
    uint64_t flags = read_number(&at, flags_known(record->version));
    file->exclusive = flags & EXCLUSIVE;
    file->replaces = flags & REPLACES;
    file->updates = flags & UPDATES;
    read_name(&at, file->temporary, sizeof file->temporary);
    read_name(&at, file->name, sizeof file->name);
    if (file->updates)
        read_version(&at, &file->copied);
    file->access_added = read_access_added(&at);
    skip_unknown(&at);
    if (!at || *at != ';' || file->name[0] == '\0' || record->fd_count == 0)
        return false;
    *text = at + 1;
    return true;
}

int handover_next_fd(struct handover_record *record)
{
    if (record->fd_count == 0)
        return -1;
    record->fd_count--;
    return (int)read_number(&record->fds, INT32_MAX);
}
