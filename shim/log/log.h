/*
 * The log: one line a decision, `key=value`, never content (contract 505).
 *
 * Unless OWNERONLY_LOG asks for more, only refusals are written, to standard error.  Every line is
 * one write(2), so lines of several processes do not mix.  No allocation, no lock, errno untouched:
 * async-signal-safe.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SHIM_LOG_LOG_H
#define OWNERONLY_SHIM_LOG_LOG_H

#include "policy/rules/policy.h"

#include <sys/types.h>

struct log_decision {
    const char *action; /* "publish", "discard", "refuse", ...: owneronly(1) lists them */
    const struct policy_rule *rule;
    int directory;      /* the name's directory, or AT_FDCWD */
    const char *name;   /* below directory, or a path */
    int result;         /* 0, or -errno of the program's call */
    const char *reason; /* or NULL */
    /* Of a file that was published. */
    bool published;
    mode_t mode;
    uint64_t size;
    const char *left_to; /* who goes on writing it, or NULL */
    bool is_beginning;   /* no decision yet: for the report only */
    bool is_warning;     /* shown like a refusal, and not counted as one */
};

/* The line of a process that starts switched off (504). */
void log_start(void);

/* Standard error is a pending file: no line goes there from now on. */
void log_spare_standard_error(void);

/* Writes the line, if the decision is one that the configuration wants to see. */
void log_decision(const struct log_decision *decision);

#endif
