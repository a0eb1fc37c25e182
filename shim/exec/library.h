/*
 * Will the loader of the next image find the library, and is that one that understands us (303)?
 *
 * Asked just before execve(2), which keeps root, working directory and user, so what can be opened
 * here can be opened there.  See ld.so(8).
 *
 * Errno untouched; async-signal-safe; usable in a vfork(2) child.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SHIM_EXEC_LIBRARY_H
#define OWNERONLY_SHIM_EXEC_LIBRARY_H

#include <stdint.h>

/*
 * What a library says about itself to others, in a PT_NOTE, elf(5): which versions of a hand-over
 * it reads.
 */
#define LIBRARY_NOTE_NAME "owneronly"
#define LIBRARY_NOTE_TYPE 1

struct library_note {
    uint32_t oldest;
    uint32_t newest;
};

/*
 * Will a program that gets this environment, which may be NULL, have a library that reads
 * hand-overs of this version?  NULL if so; else why not, in words.  Of several LD_PRELOAD variables
 * the loader takes one or the other, so each must name it; if none does, /etc/ld.so.preload may.
 */
const char *library_obstacle(char *const environment[], uint32_t version);

/* The absolute path that this very library was loaded by, or NULL where that is not known. */
const char *library_own_path(void);

#endif
