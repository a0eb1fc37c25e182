/*
 * The JSON check for json_differential.py: many documents through one process.
 *
 * On stdin, for each document, its length in bytes (32 bits, little-endian) and its bytes; on
 * stdout, for each, one letter.  Exit status 1: the input ended inside a document, or was
 * unreadable, or the output was not writable.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "policy/json/json.h"

#include <stdio.h>
#include <stdlib.h>

/* Odd on purpose: pieces end at any place of a token or of a code point. */
#define PIECE 61

static const char letters[] = {
    [JSON_WHOLE] = 'W', [JSON_EMPTY] = 'E', [JSON_BROKEN] = 'B', [JSON_TOO_DEEP] = 'D'};

static void read_or_exit(uint8_t *bytes, size_t length)
{
    if (fread(bytes, 1, length, stdin) != length)
        exit(EXIT_FAILURE);
}

static enum json_result answer(uint32_t length)
{
    struct json_check check;
    uint8_t piece[PIECE];

    json_check_begin(&check);
    while (length > 0) {
        uint32_t size = length < PIECE ? length : PIECE;
        read_or_exit(piece, size);
        json_check_feed(&check, piece, size);
        length -= size;
    }
    return json_check_end(&check);
}

int main(void)
{
    uint8_t prefix[4];
    size_t got;

    while ((got = fread(prefix, 1, sizeof prefix, stdin)) == sizeof prefix) {
        uint32_t length = (uint32_t)prefix[0] | (uint32_t)prefix[1] << 8 |
                          (uint32_t)prefix[2] << 16 | (uint32_t)prefix[3] << 24;
        putchar(letters[answer(length)]);
    }
    return got == 0 && !ferror(stdin) && fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
