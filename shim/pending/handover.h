/*
 * A hand-over as text: what a process tells its own next image about a pending file (303).
 *
 * The text travels in the environment across execve(2), one variable a file.  It says which process
 * wrote it, which descriptors, and which file they must stand for; a reader that finds anything
 * else does not believe it.
 *
 * The two images may have different versions of the library, in an upgrade under a running shell.
 * A record begins with its version.  A writer asks beforehand whether the reader knows that one
 * (exec/library.h).  Optional fields go to the end, where a reader that doesn't know them skips
 * them; what changes the meaning of the others takes another version.  Version 1 had none, nor a
 * kind and a directory; it is still read.
 *
 * Pure: no system call, async-signal-safe.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SHIM_PENDING_HANDOVER_H
#define OWNERONLY_SHIM_PENDING_HANDOVER_H

#include "policy/base/text.h"
#include "shim/writer/writer.h"

#define HANDOVER_VARIABLE "OWNERONLY_HANDOVER"

/* The one that is written, and the oldest that is read. */
#define HANDOVER_VERSION 2
#define HANDOVER_OLDEST 1

/* Bytes that one record takes at most, with its end, and each descriptor of it. */
#define HANDOVER_RECORD_SIZE ((size_t)1024)
#define HANDOVER_FD_SIZE ((size_t)9)

enum handover_kind {
    HANDOVER_OPENER, /* the next image is to publish the file */
    HANDOVER_GUEST   /* another process is: the next image writes only (306) */
};

struct handover_record {
    uint32_t version;
    enum handover_kind kind;
    pid_t pid;
    const char *fds; /* of a record that was read: see handover_next_fd() */
    size_t fd_count;
    int error;               /* of a failed write, or 0 */
    struct writer_file file; /* without a rule, which the reader finds itself */
};

/* One record is a head, descriptors, and a tail; version, fds and fd_count are not looked at. */
void handover_write_head(struct text *text, const struct handover_record *record);
void handover_write_fd(struct text *text, int fd);
void handover_write_tail(struct text *text, const struct handover_record *record);

/*
 * Reads one record at *text, and moves *text behind it.
 * False at the end of the text, or where it is not a record.
 */
bool handover_read(const char **text, struct handover_record *record);

/* The descriptors of a record that was read, one after the other; -1 at the end. */
int handover_next_fd(struct handover_record *record);

#endif
