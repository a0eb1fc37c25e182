/*
 * The next image of this process: will the library be in it?  Asked before execve(2) (303, 304).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_IMAGE_H
#define OWNERONLY_IMAGE_H

#include <stdbool.h>

enum image_answer {
    IMAGE_LOADS,    /* as far as anyone can tell before it runs */
    IMAGE_DOES_NOT, /* static, set-id, with capabilities, or of another class */
    IMAGE_FAILS     /* there is nothing to execute: the exec will return */
};

/* execve(2): an interpreter may be a script in turn, but not for ever. */
#define IMAGE_SCRIPT_DEPTH_MAX 4
/* BINPRM_BUF_SIZE: as much of the first line as the kernel reads. */
#define IMAGE_HEADER_SIZE 256

/* One file on the way from a command to the program that the loader maps. */
struct image_file {
    enum image_answer answer;
    bool gains_privileges;          /* of IMAGE_DOES_NOT: set-id, or with file capabilities */
    const char *obstacle;           /* of IMAGE_DOES_NOT, in words */
    const char *next;               /* of a script: what runs it, in buffer; else NULL */
    char loader[IMAGE_HEADER_SIZE]; /* of an ELF file that has one; else "" */
    char buffer[IMAGE_HEADER_SIZE + 1];
};

/*
 * Arguments as for image_examine(); path may be the `next` of the same file before it.  The
 * environment is not looked at.
 */
void image_examine_file(int dirfd, const char *path, int flags, bool by_shell,
                        struct image_file *file);

/*
 * What execveat(2) of dirfd, path and flags (AT_EMPTY_PATH, AT_SYMLINK_NOFOLLOW) would start, if
 * its environment names the library: preload.h.  *file is the last file on the way that was looked
 * at. by_shell: a file of unknown format is run by /bin/sh, as execvp(3) does. Errno untouched;
 * async-signal-safe.  See execve(2), ld.so(8), elf(5), capabilities(7).
 */
enum image_answer image_examine(int dirfd, const char *path, int flags, bool by_shell,
                                struct image_file *file);

#endif
