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
 * Nothing is mapped there any more.  Returns 0, or the error of publishing what was let go by that.
 * A mapping of which pieces in the middle went counts until its last piece at either end goes.
 */
int mappings_remove(const void *start, size_t length);

/* The mapping that began at `start` begins elsewhere, and has another length: mremap(2). */
void mappings_move(const void *start, const void *moved, size_t length);

#endif
