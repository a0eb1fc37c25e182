/*
 * The next definition of a function behind this library, with every libc.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SHIM_HOOKS_LOOKUP_H
#define OWNERONLY_SHIM_HOOKS_LOOKUP_H

#include <stdbool.h>
#include <stddef.h>

/*
 * To be called while the process has one thread: from now on only the objects that it was started
 * with are looked at.  They stay loaded, whatever other threads do by dlopen(3) and dlclose(3).
 */
void lookup_start(void);

/*
 * For each of `count` names, the default version of that function in the first object behind this
 * one that defines it, or NULL, into `functions`.  Several in one walk: there may be hundreds of
 * objects. glibc: no lock, no allocation, async-signal-safe; musl: as dlsym(3).
 */
void lookup_next(const char *const names[], void *functions[], size_t count);

/*
 * The libraries between the program and this one, in the order of search: the first for NULL, each
 * behind the one that is given, NULL behind the last.  With musl: none, because nobody tells.
 * Nothing is to be loaded or unloaded meanwhile.  Async-signal-safe.
 */
const void *lookup_before(const void *object);

/* Where such a library was loaded from. */
const char *lookup_path(const void *object);

/* Which of the names it defines: true if any. */
bool lookup_defines(const void *object, const char *const names[], bool defined[], size_t count);

#endif
