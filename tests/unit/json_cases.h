/*
 * JSON texts by the class of mistake or oddity they stand for; Python's json.load() is the judge.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_TESTS_UNIT_JSON_CASES_H
#define OWNERONLY_TESTS_UNIT_JSON_CASES_H

#include <stddef.h>

struct json_case {
    const char *name;
    const char *text; /* may hold NUL bytes */
    size_t length;
};

#define CASE(name, text)                                                                           \
    {                                                                                              \
        name, text, sizeof(text) - 1                                                               \
    }
#define CASES_END                                                                                  \
    {                                                                                              \
        NULL, NULL, 0                                                                              \
    }

/* json_cases_grammar.c: UTF-8 */
extern const struct json_case json_whole[];
extern const struct json_case json_broken[];

/* json_cases_encoding.c */
extern const struct json_case json_decodable[];
extern const struct json_case json_undecodable[];

#endif
