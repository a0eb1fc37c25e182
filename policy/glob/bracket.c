/*
 * A bracket expression becomes a set of bytes, so that matching it is one look-up.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "policy/glob/bracket.h"

static const struct class
{
    char name[7];
    char ranges[9]; /* first and last of each, in turn */
} classes[] = {
    {"alnum", "09AZaz"},   {"alpha", "AZaz"},   {"blank", "\t\t  "}, {"cntrl", "\001\037\177\177"},
    {"digit", "09"},       {"graph", "!~"},     {"lower", "az"},     {"print", " ~"},
    {"punct", "!/:@[`{~"}, {"space", "\t\r  "}, {"upper", "AZ"},     {"xdigit", "09AFaf"},
};

/* Length of a class name with its "[:" and ":]"; 0 when there is none: then '[' is a byte. */
static size_t class_length(struct slice glob)
{
    size_t i = 2;

    if (!slice_begins(glob, slice_of("[:")))
        return 0;
    while (i < glob.length && glob.bytes[i] >= 'a' && glob.bytes[i] <= 'z')
        i++;
    return slice_begins(slice_after(glob, i), slice_of(":]")) ? i + 2 : 0;
}

size_t bracket_item_length(struct slice glob)
{
    size_t length = class_length(glob);
    if (length > 0)
        return length;
    return glob.length > 1 && glob.bytes[0] == '\\' ? 2 : 1;
}

static bool is_negated(struct slice bracket)
{
    return bracket.length > 1 && (bracket.bytes[1] == '!' || bracket.bytes[1] == '^');
}

size_t bracket_length(struct slice glob)
{
    size_t i = is_negated(glob) ? 2 : 1;

    /* A ']' in the first place is a member. */
    do
        i += i < glob.length ? bracket_item_length(slice_after(glob, i)) : 0;
    while (i < glob.length && glob.bytes[i] != ']');
    return i < glob.length ? i + 1 : 0;
}

static void add_range(struct byte_set *set, unsigned char first, unsigned char last)
{
    for (unsigned byte = first; byte <= last; byte++)
        byte_set_add(set, (unsigned char)byte);
}

static const char *add_class(struct byte_set *set, struct slice name)
{
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++) {
        if (!slice_equals(name, slice_of(classes[i].name)))
            continue;
        for (const char *range = classes[i].ranges; *range != '\0'; range += 2)
            add_range(set, (unsigned char)range[0], (unsigned char)range[1]);
        return NULL;
    }
    return "has an unknown class; the classes are [:alnum:], [:alpha:] and so on, as in fnmatch(3)";
}

static unsigned char take_byte(struct slice *items)
{
    size_t length = bracket_item_length(*items);
    unsigned char byte = (unsigned char)items->bytes[length - 1];
    *items = slice_after(*items, length);
    return byte;
}

static bool is_collating(struct slice items)
{
    return slice_begins(items, slice_of("[.")) || slice_begins(items, slice_of("[="));
}

static const char *add_bytes(struct byte_set *set, struct slice *items)
{
    unsigned char first = take_byte(items);
    unsigned char last = first;

    if (items->length > 1 && items->bytes[0] == '-') {
        *items = slice_after(*items, 1);
        if (class_length(*items) > 0 || is_collating(*items))
            return "has a range that does not end in a character";
        last = take_byte(items);
    }
    if (first == '/' || last == '/')
        return "has a '/' inside [...], which never matches one; write it outside";
    if (last < first)
        return "has a range that runs backwards";
    add_range(set, first, last);
    return NULL;
}

static const char *add_item(struct byte_set *set, struct slice *items)
{
    size_t length = class_length(*items);
    if (length > 0) {
        struct slice name = {items->bytes + 2, length - 4};
        *items = slice_after(*items, length);
        return add_class(set, name);
    }
    if (is_collating(*items))
        return "has '[.' or '[=' inside [...], which is not supported; write '\\[' for a '['";
    return add_bytes(set, items);
}

const char *bracket_compile(struct slice bracket, struct byte_set *set)
{
    bool negated = is_negated(bracket);
    struct slice items = slice_after(bracket, negated ? 2 : 1);
    items.length--; /* the closing ']' */

    *set = (struct byte_set){0};
    while (items.length > 0) {
        const char *problem = add_item(set, &items);
        if (problem)
            return problem;
    }
    if (negated)
        byte_set_invert(set);
    byte_set_remove(set, '/');
    return NULL;
}
