/*
 * keep-loaded = yes: what later images get back that their environment lost: the library, and what
 * it was told.
 *
 * The program may change or free its own environment, so the values are copies, made when the
 * configuration is loaded.  What uses them works in the caller's memory: errno untouched,
 * async-signal-safe, usable in a vfork(2) child.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_KEEP_H
#define OWNERONLY_KEEP_H

#include <stddef.h>

enum keep_variable {
    KEEP_PRELOAD,
    KEEP_POLICY,
    KEEP_MATCH,
    KEEP_MODE,
    KEEP_LOG,
    KEEP_REPORT,
    KEEP_COUNT
};

struct keep {
    const char *variables[KEEP_COUNT]; /* "NAME=value"; NULL: not set, or not about the library */
    const char *ours;                  /* the elements of LD_PRELOAD that are the library */
};

/* Bytes that keep_copy() needs. */
size_t keep_copy_size(char *const environment[]);

/* Copies out of the environment what is kept, into aligned memory, which the result lies in. */
const struct keep *keep_copy(char *const environment[], void *memory);

/* Bytes that keep_restore() needs, or 0 if this environment, which may be NULL, lost nothing. */
size_t keep_restore_size(const struct keep *keep, char *const environment[]);

/*
 * An array in aligned memory, with the same strings but for what was lost.  LD_PRELOAD that names
 * other libraries gets ours at its end; all else that the caller set stays as it is.
 */
char *const *keep_restore(const struct keep *keep, char *const environment[], void *memory);

#endif
