/*
 * The next definition of a function behind this library, in one binary for every libc.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_LOOKUP_H
#define OWNERONLY_LOOKUP_H

#include <features.h>

/*
 * What dlsym(RTLD_NEXT, name) returns: NULL if no object behind this one defines `name`.
 * Async-signal-safe as far as dlsym(3) is.
 */
void *lookup_next(const char *name);

#ifdef __GLIBC__
/* The same without dlsym(3): no lock, no allocation. */
void *lookup_by_hand(const char *name);
#endif

#endif
