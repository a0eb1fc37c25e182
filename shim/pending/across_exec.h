/*
 * Pending files across execve(2): handed to the next image, or published before it (303 to 305).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_PENDING_EXEC_H
#define OWNERONLY_PENDING_EXEC_H

#include "shim/pending/handover.h"
#include "shim/pending/pending.h"

#define PENDING_HANDOVER_SIZE (HANDOVER_FILES_MAX * HANDOVER_RECORD_SIZE)

/* Has this process anything that its exec could end? */
bool pending_exec_matters(void);

/*
 * To be called before an exec that is expected to succeed.  next_loads: the library will be in the
 * next image.  What the next image can't take over is published; the rest is written to handover,
 * of PENDING_HANDOVER_SIZE bytes, for the next image's environment: "" if there is nothing.
 */
void pending_exec(bool next_loads, char *handover);

/* To be called before the process ends, and a child goes on with its descriptors: daemon(3). */
void pending_publish_before_daemon(void);

/*
 * In the next image: takes over what `handover` describes, as far as it is true.
 * -errno if that can't be known, or can't be done: then nobody would publish the file.
 */
int pending_accept(const char *handover);

#endif
