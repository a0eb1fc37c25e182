/*
 * Bytes to code points, as Python decodes what it is about to parse as JSON.
 *
 * The encoding is guessed by json.detect_encoding's rules; the codecs run with the error handler
 * "surrogatepass", so a lone surrogate is a code point like any other.  No allocation, no errno:
 * async-signal-safe.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_POLICY_JSON_JSON_DECODE_H
#define OWNERONLY_POLICY_JSON_JSON_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* So many of the text's first bytes decide its encoding; a shorter text is decided by all of it. */
#define JSON_HEAD_SIZE 4

/* What json_decode() answers when it has no code point. */
enum { JSON_DECODE_MORE = -1, JSON_DECODE_MALFORMED = -2 };

struct json_decoder {
    uint32_t partial;  /* the code point, as far as it is known */
    uint32_t minimum;  /* a smaller code point is overlong: a shorter sequence would do */
    uint8_t unit_size; /* bytes: 1 for UTF-8, 2 for UTF-16, 4 for UTF-32 */
    bool big_endian;
    uint8_t missing; /* bytes still to come of the code point */
};

/*
 * Chooses the encoding by the head of the text: its first JSON_HEAD_SIZE bytes, or all there are.
 * Returns the length of the byte order mark, which is not to be decoded.
 */
size_t json_decoder_begin(struct json_decoder *decoder, const uint8_t *head, size_t length);

/*
 * Takes one byte, and returns the code point that it completes, JSON_DECODE_MORE or
 * JSON_DECODE_MALFORMED.  Surrogate pairs of UTF-16 come as two code points.
 */
int32_t json_decode(struct json_decoder *decoder, uint8_t byte);

/* Is the text cut off in the middle of a code point? */
static inline bool json_decoder_is_midway(const struct json_decoder *decoder)
{
    return decoder->missing > 0;
}

#endif
