/*
 * A stream around the descriptor of a pending file, as fopen(3) would have made it: what the hooks
 * of stdio answer with.  Under a guard.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SHIM_HOOKS_STREAM_H
#define OWNERONLY_SHIM_HOOKS_STREAM_H

#include <stdio.h>

/* The flags of open(2) that `mode` stands for, as fopen(3) reads it; -1 for what it would refuse.
 */
int stream_flags(const char *mode);

/*
 * A stream of the pending file behind fd.  fd is the stream's, or closed on failure, and the file
 * is discarded then: NULL with errno.
 */
FILE *stream_open(int fd, const char *mode, int flags);

/* The same as the stream that `stream` was until now: freopen(3). */
FILE *stream_reopen(FILE *stream, int fd, const char *mode);

#endif
