/*
 * What a check of doctor found: one line.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SCRIPTS_OPERATOR_VERDICT_H
#define OWNERONLY_SCRIPTS_OPERATOR_VERDICT_H

#include <stdbool.h>

enum verdict {
    VERDICT_OK,      /* it was seen to be so */
    VERDICT_WARNING, /* it was not looked at, or protects less than it could */
    VERDICT_FAILED
};

/*
 * "VERDICT: SUBJECT: " and the format's text.  The subject is a check, or a file, which is shown so
 * that it can't play tricks on a terminal.
 */
__attribute__((format(printf, 3, 4))) void say(enum verdict verdict, const char *subject,
                                               const char *format, ...);

/* Was any verdict VERDICT_FAILED? */
bool any_failed(void);

#endif
