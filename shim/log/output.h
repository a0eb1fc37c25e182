/*
 * Writes a line, in one write(2), so that the program notices nothing: no wait, no signal, no
 * failure (207, 505).  async-signal-safe, errno untouched.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SHIM_LOG_OUTPUT_H
#define OWNERONLY_SHIM_LOG_OUTPUT_H

#include "policy/base/text.h"
#include "shim/config/config.h"

/*
 * Each returns true if all of the line was taken.
 *
 * Standard error is the descriptor 2 that the process was started with, and neither another file
 * that has its number now, nor a protected one.
 */
bool output_to_standard_error(const struct config *config, const struct text *line);
bool output_to_log(const struct config *config, const struct text *line);
bool output_to_report(const struct config *config, const struct text *line);
bool output_to_syslog(const struct text *line);

/* From now on standard error gets nothing: it is a pending file. */
void output_spare_standard_error(void);

#endif
