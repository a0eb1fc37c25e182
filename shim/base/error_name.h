/*
 * Error numbers by name.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SHIM_BASE_ERROR_NAME_H
#define OWNERONLY_SHIM_BASE_ERROR_NAME_H

#include "policy/base/text.h"

/* "ok" for 0, the symbol of errno(3), or the number if it has none here.  Async-signal-safe. */
void error_name_add(struct text *text, int error);

#endif
