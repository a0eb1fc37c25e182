/*
 * A file at a protected name: what it grants and the rule does not, and cutting that: audit --fix.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SCRIPTS_OPERATOR_SUBJECT_H
#define OWNERONLY_SCRIPTS_OPERATOR_SUBJECT_H

#include "policy/rules/policy.h"
#include "shim/base/sys.h"

#include <stdbool.h>

/* A protected name, opened without any right on it. */
struct subject {
    int directory;
    const char *name;
    int fd;
    const struct policy_rule *rule;
    struct statx status;
    mode_t granted;
    bool left_alone; /* below /dev, /proc or /sys (104) */
};

/* What the file grants and the rule does not. */
struct excess {
    bool mode;
    bool acl;
};

/* Into *excess what is seen of the file now.  Returns 0 or -errno. */
int subject_look(const struct subject *subject, struct excess *excess);

/* May it be mended at all? */
bool subject_is_mendable(const struct subject *subject);

/* Cuts what the file grants to the rule's; into *left what is seen afterwards.  Returns 0, or
 * -errno if something is left. */
int subject_mend(const struct subject *subject, struct excess *left);

#endif
