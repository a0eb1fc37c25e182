/*
 * Bytes through the decoder into the grammar, until one of them refuses.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "policy/json/json.h"

static bool read_byte(struct json_check *check, uint8_t byte)
{
    int32_t c = json_decode(&check->decoder, byte);
    if (c == JSON_DECODE_MORE)
        return true;
    return c != JSON_DECODE_MALFORMED && json_grammar_read(&check->grammar, (uint32_t)c);
}

static void read_bytes(struct json_check *check, const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length && !check->refused; i++)
        check->refused = !read_byte(check, bytes[i]);
}

static void read_head(struct json_check *check)
{
    size_t mark = json_decoder_begin(&check->decoder, check->head, check->head_length);
    read_bytes(check, check->head + mark, check->head_length - mark);
}

void json_check_begin(struct json_check *check)
{
    json_grammar_begin(&check->grammar);
    check->refused = false;
    check->head_length = 0;
}

void json_check_feed(struct json_check *check, const void *bytes, size_t length)
{
    const uint8_t *next = bytes;

    for (; length > 0 && check->head_length < JSON_HEAD_SIZE; length--) {
        check->head[check->head_length++] = *next++;
        if (check->head_length == JSON_HEAD_SIZE)
            read_head(check);
    }
    read_bytes(check, next, length);
}

enum json_result json_check_end(struct json_check *check)
{
    if (check->head_length == 0)
        return JSON_EMPTY;
    if (check->head_length < JSON_HEAD_SIZE)
        read_head(check);
    if (json_grammar_is_too_deep(&check->grammar))
        return JSON_TOO_DEEP;
    bool cut_off = json_decoder_is_midway(&check->decoder);
    bool whole = !check->refused && !cut_off && json_grammar_end(&check->grammar);
    return whole ? JSON_WHOLE : JSON_BROKEN;
}
