/*
 * What can be wrong with a name: owneronly(1), audit.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SCRIPTS_OPERATOR_FINDING_H
#define OWNERONLY_SCRIPTS_OPERATOR_FINDING_H

#include "scripts/operator/operator.h"

enum finding_kind {
    FINDING_MODE,
    FINDING_ACL,
    FINDING_OWNER,
    FINDING_HARD_LINK,
    FINDING_SYMLINK,
    FINDING_SPECIAL,
    FINDING_RESIDUE
};

struct finding {
    enum finding_kind kind;
    int directory;
    const char *name;
    const struct policy_rule *rule; /* NULL of a residue */
    const struct statx *status;
    mode_t granted;
    bool fixed;
    bool left_alone; /* by the library: below /dev, /proc or /sys (104) */
    bool foreign;    /* a residue that no process of this host can be told to have left */
};

void finding_print(const struct finding *finding);

/* As one line of JSON. */
void finding_print_json(const struct finding *finding);

#endif
