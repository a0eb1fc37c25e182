/*
 * Descriptors of the library's own, out of the program's way: above what programs count theirs to.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SHIM_BASE_HIGH_FD_H
#define OWNERONLY_SHIM_BASE_HIGH_FD_H

/* A duplicate of fd, close-on-exec; or -errno: fcntl(2).  Async-signal-safe. */
int high_fd_duplicate(int fd);

/* The same instead of fd, which is closed, whatever the result. */
int high_fd_move(int fd);

#endif
