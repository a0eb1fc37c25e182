/*
 * Which object of this process answers a call: what libdl says, and not what we hope.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SCRIPTS_OPERATOR_SYMBOLS_H
#define OWNERONLY_SCRIPTS_OPERATOR_SYMBOLS_H

#include <stdbool.h>

/*
 * Is libdl there to be asked?  Since glibc 2.34 it is a part of libc; before, a process that
 * preloads libdl.so.2 has it.
 */
bool symbols_are_known(void);

/* The file of the object that defines the function for every caller, or NULL.  See dladdr(3). */
const char *symbol_object(const char *function);

#endif
