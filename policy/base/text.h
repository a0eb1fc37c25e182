/*
 * Builds a message in a buffer of fixed size, without stdio: async-signal-safe.
 *
 * What does not fit is cut off; the message is terminated after every call.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_POLICY_BASE_TEXT_H
#define OWNERONLY_POLICY_BASE_TEXT_H

#include "policy/base/slice.h"

#include <stdint.h>

struct text {
    char *bytes; /* the caller's */
    size_t capacity;
    size_t length;
};

/* An empty message; capacity, in bytes, is at least 1. */
struct text text_begin(char *bytes, size_t capacity);

void text_put(struct text *text, const char *string);

void text_put_slice(struct text *text, struct slice slice);

/* In decimal. */
void text_put_number(struct text *text, uint64_t number);

/* In a base of up to 16, filled up with zeros to at least `width` digits. */
void text_put_digits(struct text *text, uint64_t number, unsigned base, unsigned width);

/* Printable ASCII as it is, but a backslash before `quote` and backslash; other bytes as \xHH. */
void text_put_escaped(struct text *text, struct slice slice, char quote);

/* In quotes, at most some 50 bytes of it, so that a message can't play tricks on a terminal. */
void text_put_quoted(struct text *text, struct slice slice);

#endif
