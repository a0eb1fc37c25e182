/*
 * What stands in for a function that this libc lacks, and a newer one has.
 *
 * The library exports it all the same, so a program that looks for it by dlsym(3) finds it, and it
 * does what the newer libc's would.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SHIM_HOOKS_SUBSTITUTES_H
#define OWNERONLY_SHIM_HOOKS_SUBSTITUTES_H

#include "shim/hooks/next.h"

/* NULL where there is none. */
void *substitute_of(enum hook hook);

#endif
