/*
 * One line on a terminal, for what takes longer than one waits in silence.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SCRIPTS_OPERATOR_PROGRESS_H
#define OWNERONLY_SCRIPTS_OPERATOR_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
    bool wanted; /* standard error is a terminal */
    bool shown;
    uint64_t next; /* when it is shown or renewed, in milliseconds */
    unsigned long names;
};

struct progress progress_begin(void);

/* So many more names were looked at. */
void progress_step(struct progress *progress, unsigned names);

/* Takes the line away, before something else is written. */
void progress_clear(struct progress *progress);

#endif
