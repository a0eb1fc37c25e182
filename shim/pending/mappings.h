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

/* Nothing is mapped there any more.  Returns 0, or the error of publishing what was let go by that.
 */
int mappings_remove(const void *start, size_t length);

/* `length` bytes from `start` on, maybe of a larger mapping, are elsewhere, and more or fewer:
 * mremap(2). */
void mappings_move(const void *start, size_t length, const void *moved, size_t new_length);

#endif
