/*
 * write(2) that neither waits nor raises a signal.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SHIM_BASE_QUIET_H
#define OWNERONLY_SHIM_BASE_QUIET_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Writes at most PIPE_BUF bytes to what is of that type, S_IFMT of a mode: true if all of them were
 * taken, at once.  async-signal-safe.
 */
bool quiet_write(int fd, mode_t type, const void *bytes, size_t length);

#endif
