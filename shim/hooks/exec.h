/*
 * What exec(3) and posix_spawn(3) are asked to start.
 *
 * No allocation, no lock, errno untouched unless the call itself fails: async-signal-safe, usable
 * in a vfork(2) child.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_HOOKS_EXEC_H
#define OWNERONLY_HOOKS_EXEC_H

#include "config.h"
#include "image.h"
#include "keep.h"

/* Everything that differs between the forms. */
struct exec {
    int dirfd;
    const char *path;
    int flags;
    bool searches; /* PATH and /bin/sh, as execvp(3) */
    char *const *arguments;
    char *const *environment;
};

/* Bytes that keep_restore() of this environment needs, or 0: nothing is to be given back. */
static inline size_t exec_restore_size(char *const environment[])
{
    const struct keep *keep = config_get()->keep;
    return keep ? keep_restore_size(keep, environment) : 0;
}

/* What it would start: as image_examine(). */
enum image_answer exec_examine(const struct exec *exec, struct image_file *file);

/* Has the library anything to do before an exec with this environment? */
bool exec_matters(char *const environment[]);

/* Does it, and calls the next function.  Returns as execve(2). */
int exec_execute(const struct exec *exec);

#endif
