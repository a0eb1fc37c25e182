/*
 * What exec(3) and posix_spawn(3) are asked to start.
 *
 * No allocation, no lock, errno untouched unless the call itself fails: async-signal-safe, usable
 * in a vfork(2) child.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SHIM_HOOKS_EXEC_H
#define OWNERONLY_SHIM_HOOKS_EXEC_H

#include "shim/config/config.h"
#include "shim/exec/environment.h"
#include "shim/exec/target.h"

/* Everything that differs between the forms. */
struct exec {
    int dirfd;
    const char *path;
    int flags;
    bool searches; /* PATH and /bin/sh, as execvp(3) */
    char *const *arguments;
    char *const *environment;
};

/* Bytes that environment_restore() of this environment needs, or 0: nothing is to be given back. */
static inline size_t exec_restore_size(char *const environment[])
{
    const struct kept_environment *kept = config_get()->kept;
    return kept ? environment_restore_size(kept, environment) : 0;
}

/* What it would start: as target_examine(). */
enum target_answer exec_examine(const struct exec *exec, struct target_file *file);

/*
 * Would the kernel refuse it with this environment?  -errno, or 0 where it would not, or does not
 * say.
 */
int exec_check(const struct exec *exec, char *const environment[]);

/* An environment with more strings, in memory of the caller's. */
struct extended {
    size_t count; /* strings that are added */
    size_t bytes; /* of these */
    size_t size;  /* of the memory; 0 if nothing is to be added */
    char **environment;
};

/* measure, write: as pending_handover_measure() and pending_handover_write(). */
struct extended exec_measure(char *const environment[], size_t (*measure)(size_t *count));
void exec_extend(struct extended *extended, char *const environment[], void *memory,
                 size_t (*write)(char *strings[], size_t count, char *memory, size_t size));

/* Memory of that size, a mapping, or NULL: there may be much to add, and the stack may be small. */
void *exec_map(const struct extended *extended);
void exec_unmap(void *memory, const struct extended *extended);

/* Has the library anything to do before an exec with this environment? */
bool exec_matters(char *const environment[]);

/* Does it, and calls the next function.  Returns as execve(2). */
int exec_execute(const struct exec *exec);

#endif
