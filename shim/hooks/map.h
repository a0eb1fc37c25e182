/*
 * What the hooks of mmap(2) and its kin do before and after the call, for syscall(2) to do it, too:
 * another library's mmap may be made of syscall(2), so that one must not call the function.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SHIM_HOOKS_MAP_H
#define OWNERONLY_SHIM_HOOKS_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Returns `memory`, or MAP_FAILED with errno set where it can't be kept account of. */
void *map_made(void *memory, size_t length, int protection, int flags, int fd);

/* munmap(2) or mremap(2): what it was asked, and what it takes (pending/mappings.h). */
struct map_change {
    char *address;
    size_t length;
    size_t new_length; /* this and what follows: of mremap(2) */
    int flags;
    char *new_address;
    uint64_t moving;
    uint64_t going;
    bool matters; /* something is kept account of: under a guard */
};

/* Before munmap(2), and after: returns `result`, or -1 with the errno of what was let go by it. */
void map_going(struct map_change *change);
int map_gone(struct map_change *change, int result);

/* Before mremap(2), and after: returns `moved`. */
void map_moving(struct map_change *change);
void *map_moved(struct map_change *change, void *moved);

#endif
