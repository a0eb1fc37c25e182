/*
 * The checks of owneronly doctor: each says what it found in one line.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_DOCTOR_H
#define OWNERONLY_DOCTOR_H

#include "scripts/operator/operator.h"

enum verdict { VERDICT_OK, VERDICT_WARNING, VERDICT_FAILED };

struct doctor {
    const char *library; /* absolute */
    bool failed;
};

/*
 * "VERDICT: SUBJECT: " and the format's text.  The subject is a check, or a file, which is shown so
 * that it can't play tricks on a terminal.
 */
__attribute__((format(printf, 4, 5))) void say(struct doctor *doctor, enum verdict verdict,
                                               const char *subject, const char *format, ...);

/* The value of LD_PRELOAD that the wrapper would set; malloc(3)ed. */
char *preload_list(const struct doctor *doctor);

/* Will the library be in this command? */
void check_program(struct doctor *doctor, char **program);

/* Can files be published in this directory?  One is, under a name of its own, and removed. */
void check_directory(struct doctor *doctor, const char *path);

/* Is the library really in a child, and does it protect what the child writes? */
void check_child(struct doctor *doctor);

#endif
