/*
 * Pending files across execve(2): handed to the next image, or published before it (303 to 305).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SHIM_PENDING_ACROSS_EXEC_H
#define OWNERONLY_SHIM_PENDING_ACROSS_EXEC_H

#include "shim/pending/handover.h"
#include "shim/pending/pending.h"

/*
 * Has this process anything that its exec could end, or that the next image is to know?  What other
 * threads are just ending is waited for: an exec would cut them short.
 */
bool pending_exec_matters(void);

/*
 * An exec, step by step.  Until pending_exec_publish() nothing is done that an exec which fails
 * could not undo.
 *
 *     pending_handover_measure()  how much room?
 *     pending_handover_write()    strings for the next image's environment: what inherited
 *                                 descriptors stand for
 *     pending_exec_publish()      all else: close-on-exec files (305), and where the next image
 *                                 will not have the library, everything (304)
 *     ... execve(2)
 *     pending_exec_failed()       the process goes on with what is still pending
 */

/* Bytes that the strings need, and their number. */
size_t pending_handover_measure(size_t *count);

/* Writes at most as many, into memory of as many bytes.  Returns how many. */
size_t pending_handover_write(char *strings[], size_t count, char *memory, size_t size);

/* obstacle: why the next image will not have the library, in words; NULL if it will. */
void pending_exec_publish(const char *obstacle);

void pending_exec_failed(void);

/* To be called before the process ends, and a child goes on with its descriptors: daemon(3). */
void pending_publish_before_daemon(void);

/*
 * In the next image: takes over what `handover` describes, as far as it is true.
 * -errno if that can't be known, or can't be done: then nobody would publish the file.
 */
int pending_accept(const char *handover);

#endif
