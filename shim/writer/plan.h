/*
 * The plan for an open, for who carries it out (begin.c) and who only wants to know (probe.c).
 *
 * Making one leaves no trace.  Everything is refused here that could only fail later: a program
 * that opened its file believes that it can write it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SHIM_WRITER_PLAN_H
#define OWNERONLY_SHIM_WRITER_PLAN_H

#include "shim/writer/internal.h"

enum plan {
    PLAN_CREATE,
    PLAN_CREATE_IN_PLACE,
    PLAN_REPLACE,
    PLAN_UPDATE,
    PLAN_IN_PLACE,
    PLAN_APPEND,  /* to the file itself */
    PLAN_TIGHTEN, /* to the file itself, once it is an owner-only copy */
    PLAN_DEVICE
};

/* As many as the kernel follows (path_resolution(7)); races at the name count as well. */
#define PLAN_ROUNDS_MAX 40

/* Fills *file in; directory is consumed.  0 or -errno. */
int plan_prepare(struct writer_file *file, int directory, const char *name, int flags,
                 const struct policy_rule *rule);

/* One look: a plan, -errno with file->reason, or WRITER_RETRY. */
int plan_look(struct writer_file *file, int flags);

/* What the open will have returned a descriptor of, once the plan is carried out. */
enum writer_outcome plan_outcome(const struct writer_file *file, enum plan plan, int flags);

/* `result`, or after PLAN_ROUNDS_MAX looks, where it is WRITER_RETRY still, -ELOOP. */
int plan_give_up(struct writer_file *file, int result);

/* All of it: a plan, with file->outcome, or -errno with file->reason.  Follows links. */
int plan_make(struct writer_file *file, int directory, const char *name, int flags,
              const struct policy_rule *rule);

#endif
