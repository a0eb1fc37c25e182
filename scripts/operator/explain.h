/*
 * owneronly explain, in two parts: which rule protects a path, and what a write to it would meet.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SCRIPTS_OPERATOR_EXPLAIN_H
#define OWNERONLY_SCRIPTS_OPERATOR_EXPLAIN_H

#include "policy/rules/policy.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

/* A path that is asked about. */
struct place {
    const char *name;
    int directory;
    char real[PATH_MAX]; /* of the directory, as policy_match() wants it */
    size_t length;
    bool lacks_proc; /* the directory is there, and its real path is not known */
    bool is_system;  /* below /dev, /proc or /sys (104) */
};

/* explain.c: "DIRECTORY/NAME", so that it can't play tricks on a terminal. */
void print_path(const char *directory, size_t length, const char *name);

/*
 * explain_write.c: prints what stands there, and what each kind of open for writing would meet.
 * Returns whether all would be granted; a new file where one stands is no refusal.
 */
bool print_writes(const struct place *place, const struct policy_rule *rule);

#endif
