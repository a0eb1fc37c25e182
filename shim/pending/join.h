/*
 * A protected name that its opener opens again while it is pending: contract 209.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SHIM_PENDING_JOIN_H
#define OWNERONLY_SHIM_PENDING_JOIN_H

#include "shim/pending/table.h"

#define JOIN_NOTHING (-ERESTART)

/*
 * An append or an update of `name` in a directory: another open of the file that this process has
 * pending under that name, as one more descriptor of its entry.
 *
 * flags: without O_TRUNC, which asks for a new file.  lowest: a descriptor of the program's range
 * that was the lowest free one when it was opened, or negative; the result gets its number, or a
 * higher one.  It is consumed unless the result is negative.
 *
 * Returns a descriptor with the flags asked for; JOIN_NOTHING if nothing is pending under the name;
 * -ENOENT without /proc; or -errno of open(2).  Under a guard.
 */
int join_open(struct pending_table *table, const struct writer_id *directory, const char *name,
              int flags, const struct policy_rule *rule, int lowest);

/* Is there anything to join under this name? */
bool join_finds(struct pending_table *table, const struct writer_id *directory, const char *name);

#endif
