/*
 * Lines, and their fields between colons.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "policy/file/group_file.h"
#include "policy/base/slice.h"

#include <stdint.h>

bool group_id_read(const char *digits, size_t length, gid_t *gid)
{
    uint64_t value = 0;

    for (size_t i = 0; i < length; i++) {
        if (digits[i] < '0' || digits[i] > '9')
            return false;
        value = value * 10 + (uint64_t)(digits[i] - '0');
        if (value >= (gid_t)-1)
            return false;
    }
    *gid = (gid_t)value;
    return length > 0;
}

bool group_file_find(const char *text, size_t length, const char *name, size_t name_length,
                     gid_t *gid)
{
    struct slice rest = {text, length};

    while (rest.length > 0) {
        struct slice line = slice_take_until(&rest, '\n');
        if (!slice_equals(slice_take_until(&line, ':'), (struct slice){name, name_length}))
            continue;
        slice_take_until(&line, ':');
        struct slice id = slice_take_until(&line, ':');
        return group_id_read(id.bytes, id.length, gid);
    }
    return false;
}
