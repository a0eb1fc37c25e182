/*
 * Settings as text, the way a policy file says them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "policy/file/key_table.h"

static void put_word(struct text *text, const struct key *key, const void *settings)
{
    unsigned word;

    memcpy(&word, (const char *)settings + key->field, sizeof word);
    text_put(text, key->words[word]);
}

static void put_group(struct text *text, gid_t group)
{
    if (group != POLICY_NO_GROUP)
        text_put_number(text, group);
}

const char *policy_setting(const struct policy_rule *rule, unsigned index,
                           char value[POLICY_VALUE_SIZE])
{
    struct text text = text_begin(value, POLICY_VALUE_SIZE);

    if (index >= KEY_RULE_COUNT - KEY_MODE)
        return NULL;
    const struct key *key = &key_table[KEY_MODE + index];
    switch (key->kind) {
    case VALUE_MODE:
        text_put_digits(&text, rule->mode, 8, 4);
        break;
    case VALUE_GROUP:
        put_group(&text, rule->group);
        break;
    default:
        put_word(&text, key, rule);
    }
    return key->name;
}

const char *policy_global_setting(const struct policy *policy, unsigned index,
                                  char value[POLICY_VALUE_SIZE])
{
    struct text text = text_begin(value, POLICY_VALUE_SIZE);

    if (index >= KEY_COUNT - KEY_RULE_COUNT)
        return NULL;
    put_word(&text, &key_table[KEY_RULE_COUNT + index], policy);
    return key_table[KEY_RULE_COUNT + index].name;
}
