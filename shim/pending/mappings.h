/*
 * Writable shared mappings of pending files: each counts as a descriptor (3xx).
 *
 * The usual order is map, close, store: the file is whole when the mapping goes.  So each has a
 * duplicate of its descriptor, out of the program's way, which stands for the file until then.
 *
 * errno untouched, async-signal-safe.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SHIM_PENDING_MAPPINGS_H
#define OWNERONLY_SHIM_PENDING_MAPPINGS_H

#include "shim/base/compiler.h"
#include "shim/base/sys.h"

#include <stdatomic.h>

/* How many there are. */
extern INTERNAL _Atomic unsigned mappings_count;

/*
 * `length` bytes from `start` on are a writable shared mapping of fd, which is pending.  -ENFILE
 * (mmap(2)) if there is no descriptor to count it by, or -ENOMEM; a line says so.
 */
int mappings_add(const void *start, size_t length, int fd);

/*
 * The program lets go of fd, which is still open: if it is the duplicate of a mapping, whose number
 * the program never got, another one takes its place.  Under a guard.
 */
void mappings_make_way(int fd);

/* Another mapping is there now.  Returns 0, or the error of publishing what was let go by that. */
int mappings_remove(const void *start, size_t length);

/*
 * What a call takes away, or moves, is taken out of the account before the call: as soon as the
 * kernel has done it, the addresses may be those of another thread's mapping.
 *
 *     mappings_take()       before the call; taken: its number, 0 at first, of all that it takes
 *     mappings_give_back()  it failed: everything is as it was
 *     mappings_drop()       gone.  Returns as mappings_remove()
 *     mappings_move()       `length` bytes from `start` on are elsewhere, and more or fewer
 *
 * Under a guard from the first one to the last, so that nobody gets in between.
 */
void mappings_take(uint64_t *taken, const void *start, size_t length);
void mappings_give_back(uint64_t taken);
int mappings_drop(uint64_t taken);
void mappings_move(uint64_t taken, const void *start, size_t length, const void *moved,
                   size_t new_length);

/* What is mapped at `start` is mapped at `copy` as well, with this length: mremap(2). */
void mappings_copy(const void *start, const void *copy, size_t length);

#endif
