/*
 * What the hooks of mmap(2) and its kin do after the call, for syscall(2) to do it, too: another
 * library's mmap may be made of syscall(2), so that one must not call the function.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SHIM_HOOKS_MAP_H
#define OWNERONLY_SHIM_HOOKS_MAP_H

#include <stddef.h>

/* Returns `memory`, or MAP_FAILED with errno set where it can't be kept account of. */
void *map_made(void *memory, size_t length, int protection, int flags, int fd);

/* Returns `result`, or -1 with the errno of a file that was published by that. */
int map_gone(int result, void *address, size_t length);

/* Returns `moved`. */
void *map_moved(void *moved, void *address, size_t length, size_t new_length);

#endif
