/*
 * What goes along to the next image of a guest: for each file that it will be a guest of, a record
 * for its environment (handover.h).
 *
 * spawns: the next image is that of a child by posix_spawn(3), which may be a guest of all that is
 * pending here; else it is this process's own, also of a vfork(2) child.
 * Async-signal-safe, errno untouched.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SHIM_PENDING_GUEST_RECORDS_H
#define OWNERONLY_SHIM_PENDING_GUEST_RECORDS_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes of them all: on the stack of a vfork(2) child. */
#define GUEST_RECORDS_SIZE_MAX 3072

/* Bytes that the records need, and in *count their number: both may be fewer when written. */
size_t guest_records_measure(bool spawns, size_t *count);

/* Writes at most `count` strings into memory of `size` bytes.  Returns how many. */
size_t guest_records_write(bool spawns, char *strings[], size_t count, char *memory, size_t size);

#endif
