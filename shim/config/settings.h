/*
 * What a process is told when it starts, looked up without libc: a constructor, and a program's own
 * DT_PREINIT_ARRAY, may run before libc has set environ.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SHIM_CONFIG_SETTINGS_H
#define OWNERONLY_SHIM_CONFIG_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

/* A set-id process, getauxval(3): what its environment says does not count (503). */
bool setting_is_ignored(void);

/* The value of a variable; NULL if it is not set, empty or ignored. */
const char *setting(const char *name);

/* The name that the program was started by, of argv[0] without its directories, cut to size. */
void setting_program(char *name, size_t size);

/* The environment's strings, also where they are ignored. */
char **setting_environment(void);

/* Memory for ever, zero at first, which does not come from malloc(3); no return without it. */
void *setting_memory(size_t size);

#endif
