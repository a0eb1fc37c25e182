/*
 * The rule that is in force when nothing is configured.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "policy/glob/glob.h"
#include "policy/rules/policy.h"

#define ENDING "client_api_config.json"
/* Its last sixteen bytes, "_api_con" and "fig.json", the last byte highest. */
#define LAST UINT64_C(0x6e6f736a2e676966)
#define BEFORE UINT64_C(0x6e6f635f6970615f)

static const struct policy_glob match = {
    .text = {"*" ENDING, sizeof ENDING},
    .ending = {ENDING, sizeof ENDING - 1},
    .shape = GLOB_SUFFIX,
};

/* Every key that is not named has its default, the first of its enum. */
static const struct policy_rule rule = {
    .name = "nvflare-client-api",
    .mode = 0600,
    .group = POLICY_NO_GROUP,
    .content = POLICY_CONTENT_JSON,
    .match = &match,
};

static const uint64_t ending_bits[] = {UINT64_C(1) << (ENDING_HASH(LAST, BEFORE, 58))};

static const struct ending_index endings = {
    .masks = {{UINT64_MAX, UINT64_MAX}},
    .mask_count = 1,
    .shift = 58,
    .bits = ending_bits,
};

const char policy_builtin_text[] = "[nvflare-client-api]\n"
                                   "match = *" ENDING "\n"
                                   "content = json\n";

const struct policy policy_builtin = {
    .rules = &rule,
    .rule_count = 1,
    .last_bytes['n'] = true,
    .endings = &endings,
};

const struct policy policy_none = {.rule_count = 0};
