/*
 * What hidden names look like.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "policy/base/slice.h"
#include "policy/base/text.h"
#include "shim/base/hash.h"
#include "shim/base/sys_process.h"
#include "shim/writer/temporary.h"

#define HASH_DIGITS 16
#define RANDOM_SLOT 'r'
#define TURN_SLOT 'a'

/* A name of any length in 16 digits.  A collision only makes two targets share slots. */
static uint64_t hash(const char *name)
{
    return hash_string(HASH_BEGIN, name);
}

static bool host_of(const struct writer_file *file, uint64_t *host)
{
    const struct writer_id *directory = &file->directory_id;
    return host_id(directory->device_major, directory->device_minor, host);
}

static void write_name(char name[WRITER_TEMPORARY_SIZE], uint64_t target, uint64_t host, char slot)
{
    struct text text = text_begin(name, WRITER_TEMPORARY_SIZE);
    text_put(&text, WRITER_TEMPORARY_PREFIX);
    text_put_digits(&text, target, 16, HASH_DIGITS);
    text_put(&text, "-");
    text_put_digits(&text, host, 16, HASH_DIGITS);
    text_put(&text, (char[]){'-', slot, '\0'});
}

int temporary_name(const struct writer_file *file, int attempt, char name[WRITER_TEMPORARY_SIZE])
{
    uint64_t target[2] = {hash(file->name), 0};
    uint64_t host;
    bool known = host_of(file, &host);
    char slot = (char)('0' + attempt);
    if (attempt >= TEMPORARY_SLOTS || !known) {
        ssize_t got = sys_getrandom(target, sizeof target);
        if (got != sizeof target)
            return got < 0 ? (int)got : -EIO;
        slot = RANDOM_SLOT;
    }
    write_name(name, target[0], known ? host : target[1], slot);
    return 0;
}

int temporary_turn_name(const struct writer_file *file, char name[WRITER_TEMPORARY_SIZE])
{
    uint64_t host;
    if (!host_of(file, &host))
        return -EACCES;
    write_name(name, hash(file->name), host, TURN_SLOT);
    return 0;
}

static bool is_hexadecimal(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

static bool is_slot(char c)
{
    return c == RANDOM_SLOT || c == TURN_SLOT || (c >= '0' && c < '0' + TEMPORARY_SLOTS);
}

/* 16 digits and a '-'; the digits' value. */
static bool take_number(struct slice *rest, uint64_t *value)
{
    if (rest->length <= HASH_DIGITS || rest->bytes[HASH_DIGITS] != '-')
        return false;
    *value = 0;
    for (size_t i = 0; i < HASH_DIGITS; i++) {
        char c = rest->bytes[i];
        if (!is_hexadecimal(c))
            return false;
        *value = *value << 4 | (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
    }
    *rest = slice_after(*rest, HASH_DIGITS + 1);
    return true;
}

bool temporary_is_name(const char *name, uint64_t *host)
{
    struct slice rest = slice_of(name);
    struct slice prefix = slice_of(WRITER_TEMPORARY_PREFIX);
    uint64_t target;
    if (!slice_begins(rest, prefix))
        return false;
    rest = slice_after(rest, prefix.length);
    if (!take_number(&rest, &target))
        return false;
    *host = 0;
    if (rest.length > 1 && !take_number(&rest, host))
        return false;
    return rest.length == 1 && is_slot(rest.bytes[0]);
}
