/*
 * LD_PRELOAD: does a list name the library?  See ld.so(8).
 *
 * Pure: errno untouched, async-signal-safe.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SHIM_EXEC_PRELOAD_H
#define OWNERONLY_SHIM_EXEC_PRELOAD_H

#include "policy/base/slice.h"

#define PRELOAD_VARIABLE "LD_PRELOAD"

/* Takes the first element off *list; false at its end.  Elements may be empty. */
bool preload_next(const char **list, struct slice *element);

/* Is this element the library? */
bool preload_is_ours(struct slice element);

/* Is it the run time of a sanitizer, which must come before all others? */
bool preload_is_sanitizer(struct slice element);

/* Does the list name the library? */
bool preload_has_ours(const char *list);

#endif
