/*
 * A hand-over as text: what a process tells its own next image about a pending file (303).
 *
 * The text travels in the environment across execve(2).  It says which process wrote it, which
 * descriptors, and which file they must stand for; a reader that finds anything else does not
 * believe it.  Pure: no system call, async-signal-safe.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_HANDOVER_H
#define OWNERONLY_HANDOVER_H

#include "policy/base/text.h"
#include "shim/writer/writer.h"

#define HANDOVER_VARIABLE "OWNERONLY_HANDOVER"

/* Descriptors of one file, and files of one process, that are handed over; more are published. */
#define HANDOVER_FDS_MAX 16
#define HANDOVER_FILES_MAX 8

/* Bytes that one record takes at most. */
#define HANDOVER_RECORD_SIZE ((size_t)1024)

struct handover_record {
    pid_t pid;
    int fds[HANDOVER_FDS_MAX];
    size_t fd_count;
    int error;               /* of a failed write, or 0 */
    struct writer_file file; /* without rule and directory: the reader finds its own */
};

void handover_write(struct text *text, const struct handover_record *record);

/*
 * Reads one record at *text, and moves *text behind it.
 * False at the end of the text, or where it is not a record.
 */
bool handover_read(const char **text, struct handover_record *record);

#endif
