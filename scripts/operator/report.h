/*
 * owneronly --report: a command that is run as a child, and what the library did in it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_REPORT_H
#define OWNERONLY_REPORT_H

#include <stdio.h>

/* report.c: runs the command with this LD_PRELOAD; its exit status, or 128 and the signal. */
int report_run(const char *preload, char **command);

/* tally.c: counts the lines of a report, and says in one line what they are. */
void tally(FILE *lines, FILE *answer);

#endif
