/*
 * The preloads that a command will have, and programs that are run with them to be looked at.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SCRIPTS_OPERATOR_PRELOADS_H
#define OWNERONLY_SCRIPTS_OPERATOR_PRELOADS_H

#include "shim/exec/preload.h"

#include <stdbool.h>
#include <stddef.h>

/* The library's path in a value of LD_PRELOAD, malloc(3)ed; "" if it has none. */
char *preload_library(const char *chain);

/* What the loader replaces by the directory of its class: ld.so(8). */
#define PRELOAD_LIB "$LIB"

/*
 * The library's files: one, or where the path has PRELOAD_LIB one of each class that is
 * installed.  A list of malloc(3)ed strings, NULL at its end.
 */
char **library_files(const char *library);

/*
 * Runs a program with LD_PRELOAD set to the chain, after prepare() in the child.  Its standard
 * output goes to the answer, cut to size.  Returns its exit status, or 128 and the number of the
 * signal that ended it; or -errno if it could not be started, and then nothing is answered.
 */
int run_preloaded(const char *chain, char *const argv[], void (*prepare)(void), char *answer,
                  size_t size);

#endif
