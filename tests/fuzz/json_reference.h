/*
 * JSON in UTF-8 again, as short as it can be said: recursive, over a whole text in memory.  What
 * json.load() takes beyond RFC 8259 is taken: NaN, Infinity, -Infinity, a byte order mark, and
 * surrogates in UTF-8.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_TESTS_FUZZ_JSON_REFERENCE_H
#define OWNERONLY_TESTS_FUZZ_JSON_REFERENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct json_reference {
    const uint8_t *at;
    const uint8_t *end;
};

static bool json_reference_value(struct json_reference *r);

static bool json_reference_is_utf8(const uint8_t *at, const uint8_t *end)
{
    while (at < end) {
        unsigned c = *at++;
        if ((c >= 0x80 && c < 0xC2) || c >= 0xF5)
            return false;
        int more = c < 0x80 ? 0 : c < 0xE0 ? 1 : c < 0xF0 ? 2 : 3;
        if (more > end - at)
            return false;
        if ((c == 0xE0 && *at < 0xA0) || (c == 0xF0 && *at < 0x90) || (c == 0xF4 && *at > 0x8F))
            return false;
        for (; more > 0; more--)
            if ((*at++ & 0xC0) != 0x80)
                return false;
    }
    return true;
}

static bool json_reference_is_in(const struct json_reference *r, const char *set)
{
    return r->at < r->end && *r->at && strchr(set, *r->at);
}

static bool json_reference_take(struct json_reference *r, const char *word)
{
    size_t length = strlen(word);
    if ((size_t)(r->end - r->at) < length || memcmp(r->at, word, length) != 0)
        return false;
    r->at += length;
    return true;
}

static size_t json_reference_skip(struct json_reference *r, const char *set)
{
    const uint8_t *start = r->at;
    while (json_reference_is_in(r, set))
        r->at++;
    return (size_t)(r->at - start);
}

#define JSON_REFERENCE_SPACE " \t\r\n"
#define JSON_REFERENCE_DIGITS "0123456789"

static bool json_reference_string(struct json_reference *r)
{
    if (!json_reference_take(r, "\""))
        return false;
    while (r->at < r->end && *r->at != '"') {
        if (*r->at < 0x20)
            return false;
        if (*r->at++ != '\\')
            continue;
        if (json_reference_take(r, "u")) {
            for (int digit = 0; digit < 4; digit++, r->at++)
                if (!json_reference_is_in(r, JSON_REFERENCE_DIGITS "abcdefABCDEF"))
                    return false;
        } else if (json_reference_is_in(r, "\"\\/bfnrt")) {
            r->at++;
        } else {
            return false;
        }
    }
    return json_reference_take(r, "\"");
}

static bool json_reference_number(struct json_reference *r)
{
    (void)json_reference_take(r, "-");
    if (json_reference_take(r, "Infinity"))
        return true;
    if (!json_reference_take(r, "0") && json_reference_skip(r, JSON_REFERENCE_DIGITS) == 0)
        return false;
    if (json_reference_take(r, ".") && json_reference_skip(r, JSON_REFERENCE_DIGITS) == 0)
        return false;
    if (!json_reference_take(r, "e") && !json_reference_take(r, "E"))
        return true;
    if (!json_reference_take(r, "+"))
        (void)json_reference_take(r, "-");
    return json_reference_skip(r, JSON_REFERENCE_DIGITS) > 0;
}

static bool json_reference_pair(struct json_reference *r)
{
    json_reference_skip(r, JSON_REFERENCE_SPACE);
    if (!json_reference_string(r))
        return false;
    json_reference_skip(r, JSON_REFERENCE_SPACE);
    return json_reference_take(r, ":") && json_reference_value(r);
}

/* What stands between brackets, the opening one of which is taken already. */
static bool json_reference_list(struct json_reference *r, const char *closing,
                                bool (*element)(struct json_reference *))
{
    json_reference_skip(r, JSON_REFERENCE_SPACE);
    if (json_reference_take(r, closing))
        return true;
    do {
        if (!element(r))
            return false;
    } while (json_reference_take(r, ","));
    return json_reference_take(r, closing);
}

/* With the white space around it. */
static bool json_reference_value(struct json_reference *r)
{
    bool is_value;
    json_reference_skip(r, JSON_REFERENCE_SPACE);
    if (json_reference_take(r, "["))
        is_value = json_reference_list(r, "]", json_reference_value);
    else if (json_reference_take(r, "{"))
        is_value = json_reference_list(r, "}", json_reference_pair);
    else if (json_reference_is_in(r, "\""))
        is_value = json_reference_string(r);
    else
        is_value = json_reference_take(r, "true") || json_reference_take(r, "false") ||
                   json_reference_take(r, "null") || json_reference_take(r, "NaN") ||
                   json_reference_number(r);
    json_reference_skip(r, JSON_REFERENCE_SPACE);
    return is_value;
}

/* Would json.load() decode this as UTF-8?  Else there is no opinion here. */
static bool json_reference_knows(const uint8_t *data, size_t size)
{
    if (size >= 2 && (data[0] == 0 || data[1] == 0))
        return false;
    return size < 2 || (memcmp(data, "\xff\xfe", 2) != 0 && memcmp(data, "\xfe\xff", 2) != 0);
}

static bool json_reference(const uint8_t *data, size_t size)
{
    struct json_reference r = {data, data + size};
    if (!json_reference_is_utf8(r.at, r.end))
        return false;
    (void)json_reference_take(&r, "\xef\xbb\xbf");
    return json_reference_value(&r) && r.at == r.end;
}

#endif
