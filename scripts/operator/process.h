/*
 * What proc(5) tells about a process that was started with the library, or was not.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SCRIPTS_OPERATOR_PROCESS_H
#define OWNERONLY_SCRIPTS_OPERATOR_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct process {
    pid_t pid;
    uid_t uid;
    char *program;      /* the last component of its executable, "" for none */
    char *library;      /* the path that is mapped, as the process sees it; NULL: none */
    bool is_replaced;   /* another file, or none, is there now */
    bool is_privileged; /* AT_SECURE: it was started without believing its environment */
    char *environment;  /* as it was started with: strings, each with its NUL */
    size_t environment_length;
};

/*
 * Fills it in; process_release() it.  Returns 0, or -errno: -ENOENT or -ESRCH if there is no such
 * process, -EACCES if the caller may not look.
 */
int process_read(struct process *process, pid_t pid);

void process_release(struct process *process);

/* A variable's value; NULL if it was not set, or empty. */
const char *process_variable(const struct process *process, const char *name);

/*
 * All that can be seen, in the order of their numbers; malloc(3)ed, 0 at the end.  NULL with errno:
 * /proc cannot be read.
 */
pid_t *process_list(void);

#endif
