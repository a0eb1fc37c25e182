/*
 * owneronly --report: a command that is run as a child, and what the library did in it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SCRIPTS_OPERATOR_REPORT_H
#define OWNERONLY_SCRIPTS_OPERATOR_REPORT_H

#include <stdio.h>

/* report.c: runs the command with this LD_PRELOAD; its exit status, or 128 and the signal. */
int report_run(const char *preload, char **command);

/* running.c: how many processes were started with this OWNERONLY_REPORT and live. */
unsigned long count_running(const char *report);

/* tally.c: counts the lines of a report, and says in one line what they are, and who still runs. */
void tally(FILE *lines, unsigned long running, FILE *answer);

#endif
