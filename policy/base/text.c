/*
 * The few conversions that the messages need.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "policy/base/text.h"

/* Bytes of a quotation: enough to find the place, and the advice behind it still fits. */
#define QUOTED_MAX 48

/* Digits of the longest number, in base 8. */
#define DIGITS_MAX 22

static void put_byte(struct text *text, char byte)
{
    if (text->length + 1 >= text->capacity)
        return;
    text->bytes[text->length++] = byte;
    text->bytes[text->length] = '\0';
}

static void put_escaped(struct text *text, unsigned char byte)
{
    if (byte >= ' ' && byte <= '~') {
        put_byte(text, (char)byte);
        return;
    }
    text_put(text, "\\x");
    text_put_digits(text, byte, 16, 2);
}

struct text text_begin(char *bytes, size_t capacity)
{
    bytes[0] = '\0';
    return (struct text){.bytes = bytes, .capacity = capacity};
}

void text_put_slice(struct text *text, struct slice slice)
{
    for (size_t i = 0; i < slice.length; i++)
        put_byte(text, slice.bytes[i]);
}

void text_put(struct text *text, const char *string)
{
    text_put_slice(text, slice_of(string));
}

void text_put_digits(struct text *text, uint64_t number, unsigned base, unsigned width)
{
    char digits[DIGITS_MAX];
    unsigned count = 0;

    do
        digits[count++] = "0123456789abcdef"[number % base];
    while ((number /= base) > 0 || count < width);
    while (count > 0)
        put_byte(text, digits[--count]);
}

void text_put_number(struct text *text, uint64_t number)
{
    text_put_digits(text, number, 10, 1);
}

void text_put_escaped(struct text *text, struct slice slice, char quote)
{
    for (size_t i = 0; i < slice.length; i++) {
        if (slice.bytes[i] == '\\' || slice.bytes[i] == quote)
            put_byte(text, '\\');
        put_escaped(text, (unsigned char)slice.bytes[i]);
    }
}

void text_put_quoted(struct text *text, struct slice slice)
{
    put_byte(text, '\'');
    for (size_t i = 0; i < slice.length && i < QUOTED_MAX; i++)
        put_escaped(text, (unsigned char)slice.bytes[i]);
    text_put(text, slice.length > QUOTED_MAX ? "...'" : "'");
}
