/*
 * The next image of this process: will the library be in it?  Asked before execve(2) (303, 304).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_EXEC_TARGET_H
#define OWNERONLY_EXEC_TARGET_H

#include <stdbool.h>

enum target_answer {
    TARGET_LOADS,    /* as far as anyone can tell before it runs */
    TARGET_DOES_NOT, /* static, set-id, with capabilities, or of another class */
    TARGET_FAILS     /* there is nothing to execute: the exec will return */
};

/* execve(2): an interpreter may be a script in turn, but not for ever. */
#define TARGET_SCRIPT_DEPTH_MAX 4
/* BINPRM_BUF_SIZE: as much of the first line as the kernel reads. */
#define TARGET_HEADER_SIZE 256

/* One file on the way from a command to the program that the loader maps. */
struct target_file {
    enum target_answer answer;
    bool gains_privileges;           /* of TARGET_DOES_NOT: set-id, or with file capabilities */
    const char *obstacle;            /* of TARGET_DOES_NOT, in words */
    const char *next;                /* of a script: what runs it, in buffer; else NULL */
    char loader[TARGET_HEADER_SIZE]; /* of an ELF file that has one; else "" */
    char buffer[TARGET_HEADER_SIZE + 1];
};

/*
 * Arguments as for target_examine(); path may be the `next` of the same file before it.  The
 * environment is not looked at.
 */
void target_examine_file(int dirfd, const char *path, int flags, bool by_shell,
                         struct target_file *file);

/*
 * What execveat(2) of dirfd, path and flags (AT_EMPTY_PATH, AT_SYMLINK_NOFOLLOW) would start, if
 * its environment names the library: preload.h.  *file is the last file on the way that was looked
 * at. by_shell: a file of unknown format is run by /bin/sh, as execvp(3) does. Errno untouched;
 * async-signal-safe.  See execve(2), ld.so(8), elf(5), capabilities(7).
 */
enum target_answer target_examine(int dirfd, const char *path, int flags, bool by_shell,
                                  struct target_file *file);

#endif
