/*
 * A run of bytes inside a text that somebody else owns; not terminated.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_POLICY_BASE_SLICE_H
#define OWNERONLY_POLICY_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct slice {
    const char *bytes;
    size_t length;
};

static inline struct slice slice_of(const char *string)
{
    return (struct slice){string, strlen(string)};
}

static inline struct slice slice_first(struct slice slice, size_t count)
{
    return (struct slice){slice.bytes, count};
}

static inline struct slice slice_after(struct slice slice, size_t count)
{
    return (struct slice){slice.bytes + count, slice.length - count};
}

static inline bool slice_equals(struct slice a, struct slice b)
{
    return a.length == b.length && memcmp(a.bytes, b.bytes, a.length) == 0;
}

static inline bool slice_begins(struct slice slice, struct slice with)
{
    return slice.length >= with.length && memcmp(slice.bytes, with.bytes, with.length) == 0;
}

static inline bool slice_ends(struct slice slice, struct slice with)
{
    return slice.length >= with.length &&
           memcmp(slice.bytes + slice.length - with.length, with.bytes, with.length) == 0;
}

/* What stands before the first `delimiter`, or all; it and the delimiter are taken off *rest. */
static inline struct slice slice_take_until(struct slice *rest, char delimiter)
{
    const char *found = memchr(rest->bytes, delimiter, rest->length);
    size_t length = found ? (size_t)(found - rest->bytes) : rest->length;
    struct slice taken = slice_first(*rest, length);
    *rest = slice_after(*rest, found ? length + 1 : length);
    return taken;
}

static inline bool slice_is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static inline struct slice slice_trim(struct slice slice)
{
    while (slice.length > 0 && slice_is_blank(slice.bytes[0]))
        slice = slice_after(slice, 1);
    while (slice.length > 0 && slice_is_blank(slice.bytes[slice.length - 1]))
        slice.length--;
    return slice;
}

#endif
