/*
 * Globs that are read as something else than was meant, or can't match: they are refused, since a
 * glob that silently protects nothing is worse than a policy that does not load.  A backslash says
 * that it is meant.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_POLICY_FILE_GLOB_SLIPS_H
#define OWNERONLY_POLICY_FILE_GLOB_SLIPS_H

#include "policy/base/slice.h"

/* What is wrong with a glob that compiles, to be read after "glob 'TEXT' "; NULL: nothing. */
const char *glob_slip(struct slice text);

#endif
