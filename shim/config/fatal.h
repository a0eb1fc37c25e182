/*
 * The end of a process whose configuration is not as it must be (502).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SHIM_CONFIG_FATAL_H
#define OWNERONLY_SHIM_CONFIG_FATAL_H

#define FATAL_EXIT_STATUS 125

/* A line of a policy file that includes what is refused. */
struct fatal_includer {
    const char *file; /* NULL: nothing includes it */
    unsigned line;
};

/* "owneronly: WHERE:LINE: WHAT" on standard error, and the end.  line 0: there is none. */
__attribute__((noreturn)) void fatal_at(const char *where, unsigned line, const char *what);

/* "owneronly: WHERE: WHAT: ERROR, included in FILE:LINE".  error 0: none is named. */
__attribute__((noreturn)) void fatal_file(const char *where, const char *what, int error,
                                          const struct fatal_includer *includer);

#endif
