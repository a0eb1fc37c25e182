/*
 * The keys of a rule and of the whole policy, and what values they take.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_POLICY_FILE_KEY_TABLE_H
#define OWNERONLY_POLICY_FILE_KEY_TABLE_H

#include "policy/file/parser.h"

#define KEY_WORDS_MAX 3

enum value_kind { VALUE_WORD, VALUE_GLOBS, VALUE_MODE, VALUE_GROUP };

/* Without pointers: a library that is mapped into every process need not relocate it there. */
struct key {
    char name[12];
    uint16_t kind;
    uint16_t field; /* of a VALUE_WORD: its offset in the rule, or in the policy */
    char words[KEY_WORDS_MAX][10];
};

extern const struct key key_table[KEY_COUNT];

#endif
