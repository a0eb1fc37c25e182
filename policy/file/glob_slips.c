/*
 * Looks for slips in the text of a glob.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "policy/file/glob_slips.h"
#include "policy/glob/bracket.h"

#include <limits.h>
#include <stdbool.h>

/* What was seen so far. */
struct scan {
    bool brace;       /* an opening one, not escaped */
    size_t component; /* bytes that a name must have at least to match the component */
};

/* The bytes of the text that stand for one place in a name: an escape, or a bracket expression. */
static size_t token_length(struct slice rest)
{
    if (rest.bytes[0] == '\\' && rest.length > 1)
        return 2;
    size_t bracket = rest.bytes[0] == '[' ? bracket_length(rest) : 0;
    return bracket > 0 ? bracket : 1;
}

static const char *look_at_byte(struct scan *scan, char byte, bool is_last)
{
    switch (byte) {
    case '{':
        scan->brace = true;
        return NULL;
    case ',':
        return scan->brace
                   ? "has braces, which are not expanded; write a glob for each, or '\\,' and "
                     "'\\{' "
                     "for the characters themselves"
                   : "has a comma, which separates no globs here; write '\\,' for the character "
                     "itself";
    case ';':
        return is_last ? "ends in ';', which is part of the name here; leave it out, or write "
                         "'\\;' for the character itself"
                       : NULL;
    default:
        return NULL;
    }
}

/* A name must be longer by this for each token. */
static size_t least(char byte)
{
    return byte == '*' ? 0 : 1;
}

static const char *look_at_components(struct slice text)
{
    struct scan scan = {false, 0};
    for (size_t i = 0; i < text.length;) {
        size_t length = token_length(slice_after(text, i));
        char byte = text.bytes[i];
        scan.component = byte == '/' ? 0 : scan.component + least(byte);
        if (scan.component > NAME_MAX)
            return "can't match: a component is longer than the 255 bytes that a name can have";
        const char *slip = length == 1 ? look_at_byte(&scan, byte, i + 1 == text.length) : NULL;
        if (slip)
            return slip;
        i += length;
    }
    return NULL;
}

static bool is_quote(char byte)
{
    return byte == '"' || byte == '\'';
}

static bool is_escaped_at_end(struct slice text)
{
    size_t backslashes = 0;
    while (backslashes + 1 < text.length && text.bytes[text.length - 2 - backslashes] == '\\')
        backslashes++;
    return backslashes % 2 == 1;
}

static bool is_quoted(struct slice text)
{
    return is_quote(text.bytes[0]) ||
           (is_quote(text.bytes[text.length - 1]) && !is_escaped_at_end(text));
}

static bool begins_with_user(struct slice text)
{
    return text.bytes[0] == '~' && text.length > 1 && text.bytes[1] != '/' &&
           memchr(text.bytes, '/', text.length);
}

static bool begins_with_variable(struct slice text)
{
    if (text.length < 2 || text.bytes[0] != '$' || !memchr(text.bytes, '/', text.length))
        return false;
    char next = text.bytes[1];
    return next == '{' || next == '_' || (next >= 'A' && next <= 'Z') ||
           (next >= 'a' && next <= 'z');
}

/* Row 104 of the contract. */
static bool is_left_alone(struct slice text)
{
    return slice_begins(text, slice_of("/dev/")) || slice_begins(text, slice_of("/proc/")) ||
           slice_begins(text, slice_of("/sys/"));
}

const char *glob_slip(struct slice text)
{
    if (is_quoted(text))
        return "has quotes, which are part of the name here; leave them out, or write '\\\"' for "
               "the character itself";
    if (begins_with_user(text))
        return "begins with the home directory of a user, which is not looked up; write it out, or "
               "'~/' for one's own, or '\\~' for the character itself";
    if (begins_with_variable(text))
        return "begins with a variable, which is not expanded; write it out, or '\\$' for the "
               "character itself";
    if (is_left_alone(text))
        return "can't match: nothing below /dev, /proc and /sys is protected";
    return look_at_components(text);
}
