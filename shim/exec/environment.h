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
#ifndef OWNERONLY_SHIM_EXEC_ENVIRONMENT_H
#define OWNERONLY_SHIM_EXEC_ENVIRONMENT_H

#include <stddef.h>

enum kept_variable {
    KEPT_PRELOAD,
    KEPT_POLICY,
    KEPT_MATCH,
    KEPT_MODE,
    KEPT_LOG,
    KEPT_REPORT,
    KEPT_COUNT
};

struct kept_environment {
    const char *variables[KEPT_COUNT]; /* "NAME=value"; NULL: not set, or not about the library */
    const char *ours;                  /* the elements of LD_PRELOAD that are the library */
};

/* Bytes that environment_copy() needs. */
size_t environment_copy_size(char *const environment[]);

/* Copies out of the environment what is kept, into aligned memory, which the result lies in. */
const struct kept_environment *environment_copy(char *const environment[], void *memory);

/* Bytes that environment_restore() needs, or 0 if this environment, which may be NULL, lost
 * nothing. */
size_t environment_restore_size(const struct kept_environment *kept, char *const environment[]);

/*
 * An array in aligned memory, with the same strings but for what was lost.  LD_PRELOAD that names
 * other libraries gets ours before them, but behind a sanitizer's run time; all else that the
 * caller set stays as it is.
 */
char *const *environment_restore(const struct kept_environment *kept, char *const environment[],
                                 void *memory);

#endif
