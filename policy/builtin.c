/*
 * The rule that is in force when nothing is configured.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "glob.h"
#include "policy.h"

#define ENDING "client_api_config.json"

static const struct policy_glob match = {
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

const struct policy policy_builtin = {
    .rules = &rule,
    .rule_count = 1,
    .last_bytes.words['n' / 64] = UINT64_C(1) << ('n' % 64),
};
