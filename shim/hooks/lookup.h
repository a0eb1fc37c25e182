/*
 * The next definition of a function behind this library, with every libc.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_LOOKUP_H
#define OWNERONLY_LOOKUP_H

#include <stddef.h>

/* Names that one call can look up. */
#define LOOKUP_MAX 128

/*
 * To be called while the process has one thread: from now on only the objects that it was started
 * with are looked at.  They stay loaded, whatever other threads do by dlopen(3) and dlclose(3).
 */
void lookup_start(void);

/*
 * For each of `count` names, the default version of that function in the first object behind this
 * one that defines it, or NULL, into `functions`.  All in one walk: there may be hundreds of
 * objects. glibc: no lock, no allocation, async-signal-safe; musl: as dlsym(3).
 */
void lookup_next(const char *const names[], void *functions[], size_t count);

#endif
