/*
 * The next definition of a function behind this library, with every libc.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_LOOKUP_H
#define OWNERONLY_LOOKUP_H

/*
 * The default version of function `name` in the first object behind this one that defines it, or
 * NULL.  glibc: no lock, no allocation, async-signal-safe; musl: as dlsym(3).
 */
void *lookup_next(const char *name);

#endif
