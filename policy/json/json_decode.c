/*
 * UTF-8, UTF-16 and UTF-32, one byte at a time.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "policy/json/json_decode.h"

#include <string.h>

#define CODE_POINT_MAX 0x10FFFF

static const struct mark {
    uint8_t bytes[JSON_HEAD_SIZE];
    uint8_t length;
    uint8_t unit_size;
    bool big_endian;
} marks[] = {
    /* UTF-32 first: its little-endian mark begins with that of UTF-16. */
    {{0x00, 0x00, 0xFE, 0xFF}, 4, 4, true},
    {{0xFF, 0xFE, 0x00, 0x00}, 4, 4, false},
    {{0xFE, 0xFF}, 2, 2, true},
    {{0xFF, 0xFE}, 2, 2, false},
    {{0xEF, 0xBB, 0xBF}, 3, 1, false},
};

/* JSON begins with an ASCII character, so the zero bytes around it tell how wide it is. */
static void guess_by_zeros(struct json_decoder *decoder, const uint8_t *head, size_t length)
{
    bool whole_head = length == JSON_HEAD_SIZE;

    decoder->unit_size = 1;
    decoder->big_endian = false;
    if (!whole_head && length != 2)
        return;
    if (head[0] == 0) {
        decoder->unit_size = whole_head && head[1] == 0 ? 4 : 2;
        decoder->big_endian = true;
    } else if (head[1] == 0) {
        decoder->unit_size = whole_head && head[2] == 0 && head[3] == 0 ? 4 : 2;
    }
}

size_t json_decoder_begin(struct json_decoder *decoder, const uint8_t *head, size_t length)
{
    decoder->missing = 0;
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        const struct mark *mark = &marks[i];
        if (length >= mark->length && memcmp(head, mark->bytes, mark->length) == 0) {
            decoder->unit_size = mark->unit_size;
            decoder->big_endian = mark->big_endian;
            return mark->length;
        }
    }
    guess_by_zeros(decoder, head, length);
    return 0;
}

static int32_t completed(const struct json_decoder *decoder)
{
    if (decoder->missing > 0)
        return JSON_DECODE_MORE;
    if (decoder->partial < decoder->minimum || decoder->partial > CODE_POINT_MAX)
        return JSON_DECODE_MALFORMED;
    return (int32_t)decoder->partial;
}

/* Surrogates stay as they are: JSON lets none outside of strings, and inside any will do. */
static int32_t decode_wide(struct json_decoder *decoder, uint8_t byte)
{
    if (decoder->missing == 0) {
        decoder->partial = 0;
        decoder->minimum = 0;
        decoder->missing = decoder->unit_size;
    }
    decoder->missing--;
    unsigned place =
        decoder->big_endian ? decoder->missing : decoder->unit_size - 1U - decoder->missing;
    decoder->partial |= (uint32_t)byte << (8 * place);
    return completed(decoder);
}

static int32_t begin_sequence(struct json_decoder *decoder, uint32_t bits, uint8_t missing,
                              uint32_t minimum)
{
    decoder->partial = bits;
    decoder->missing = missing;
    decoder->minimum = minimum;
    return JSON_DECODE_MORE;
}

static int32_t decode_utf8(struct json_decoder *decoder, uint8_t byte)
{
    bool continues = (byte & 0xC0) == 0x80;

    if (continues != json_decoder_is_midway(decoder))
        return JSON_DECODE_MALFORMED;
    if (continues) {
        decoder->partial = decoder->partial << 6 | (byte & 0x3F);
        decoder->missing--;
        return completed(decoder);
    }
    if (byte < 0x80)
        return byte;
    if (byte < 0xE0)
        return begin_sequence(decoder, byte & 0x1F, 1, 0x80);
    if (byte < 0xF0)
        return begin_sequence(decoder, byte & 0x0F, 2, 0x800);
    if (byte < 0xF8)
        return begin_sequence(decoder, byte & 0x07, 3, 0x10000);
    return JSON_DECODE_MALFORMED;
}

int32_t json_decode(struct json_decoder *decoder, uint8_t byte)
{
    return decoder->unit_size == 1 ? decode_utf8(decoder, byte) : decode_wide(decoder, byte);
}
