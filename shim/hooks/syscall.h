/*
 * A call of syscall(2), for the files that answer it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SHIM_HOOKS_SYSCALL_H
#define OWNERONLY_SHIM_HOOKS_SYSCALL_H

#include <stdbool.h>

struct call {
    long number;
    long argument[6];
};

/*
 * The calls that look at a name or a descriptor, or change what stands under a name (208), where
 * something was pending in this process.  False for every other call.
 */
bool syscall_by_name(const struct call *call, long *result);

#endif
