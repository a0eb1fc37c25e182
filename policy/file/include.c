/*
 * Lines that include another file.
 *
 * The parser never meets one: a file is cut there, since reading files is not the policy's affair.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "policy/file/parser.h"

static bool read_include(struct slice line, struct slice *path)
{
    struct slice word = slice_of("include");

    if (line.length > 0 && line.bytes[line.length - 1] == '\r')
        line.length--;
    line = slice_trim(line);
    if (!slice_begins(line, word) || memchr(line.bytes, '\0', line.length))
        return false;
    struct slice rest = slice_after(line, word.length);
    *path = slice_trim(rest);
    /* "include = FILE" is for the parser to refuse. */
    return path->length > 0 && slice_is_blank(rest.bytes[0]) && path->bytes[0] != '=';
}

bool policy_find_include(const struct policy_piece *piece, struct policy_include *include)
{
    struct slice rest = {piece->text, piece->length};
    struct slice byte_order_mark = slice_of(BYTE_ORDER_MARK);

    if (piece->line == 1 && slice_begins(rest, byte_order_mark))
        rest = slice_after(rest, byte_order_mark.length);
    for (unsigned number = piece->line; rest.length > 0; number++) {
        struct slice line = slice_take_until(&rest, '\n');
        struct slice path;
        if (!read_include(line, &path))
            continue;
        *include = (struct policy_include){
            .begin = (size_t)(line.bytes - piece->text),
            .end = piece->length - rest.length,
            .line = number,
            .path = path.bytes,
            .path_length = path.length,
        };
        return true;
    }
    return false;
}
