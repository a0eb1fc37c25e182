/*
 * Is this one whole JSON value?  A streaming check with fixed memory.
 *
 * It accepts what Python's json.load() accepts from a file opened in binary mode: RFC 8259, and
 * also NaN, Infinity, -Infinity, a byte order mark, UTF-16 and UTF-32 (found as
 * json.detect_encoding does), and lone surrogates.  Where Python's answer depends on a run time
 * limit (digits of an integer, nesting), it accepts.  No allocation, no errno: async-signal-safe.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_POLICY_JSON_JSON_H
#define OWNERONLY_POLICY_JSON_JSON_H

#include "policy/json/json_decode.h"
#include "policy/json/json_grammar.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum json_result {
    JSON_WHOLE,
    JSON_EMPTY, /* not one byte */
    JSON_BROKEN,
    JSON_TOO_DEEP /* more than JSON_DEPTH_MAX levels, and nothing wrong before that */
};

/* Private to json.c; about 2 KiB, so that it fits on a signal stack. */
struct json_check {
    struct json_decoder decoder;
    struct json_grammar grammar;
    bool refused; /* nothing that follows can mend it */
    uint8_t head_length;
    uint8_t head[JSON_HEAD_SIZE]; /* held back until the encoding is known */
};

void json_check_begin(struct json_check *check);

/* The next bytes.  Any split of the text into calls gives the same answer. */
void json_check_feed(struct json_check *check, const void *bytes, size_t length);

/* The answer for all that was fed.  It uses the check up: begin anew for another text. */
enum json_result json_check_end(struct json_check *check);

#endif
