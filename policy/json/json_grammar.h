/*
 * Code points in, and whether they make one whole JSON value.
 *
 * The JSON of Python's decoder: RFC 8259, and NaN, Infinity and -Infinity.  No recursion, no
 * allocation, no errno: async-signal-safe.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_POLICY_JSON_JSON_GRAMMAR_H
#define OWNERONLY_POLICY_JSON_JSON_GRAMMAR_H

#include <stdbool.h>
#include <stdint.h>

/* Levels of nesting.  Python stops at 1,000 (3.11) or about 10,000. */
#define JSON_DEPTH_MAX 16384

struct json_grammar {
    const char *word;                      /* what is still to come of true, NaN and their like */
    uint16_t depth;                        /* open arrays and objects */
    uint8_t state;                         /* enum state of json_grammar.c */
    uint8_t after_string;                  /* the state that the closing quote leads to */
    uint8_t hex_left;                      /* digits still to come of \uXXXX */
    uint8_t is_object[JSON_DEPTH_MAX / 8]; /* one bit a level: object, else array */
};

void json_grammar_begin(struct json_grammar *grammar);

/* Takes the next code point.  False: it can't stand here, and no more may be read. */
bool json_grammar_read(struct json_grammar *grammar, uint32_t c);

/* Was the last code point refused because it opens one level too many? */
bool json_grammar_is_too_deep(const struct json_grammar *grammar);

/* Is all that was read, nothing of it refused, one whole value? */
bool json_grammar_end(struct json_grammar *grammar);

#endif
