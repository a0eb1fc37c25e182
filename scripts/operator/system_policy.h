/*
 * The system's policy, as a running process sees it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SCRIPTS_OPERATOR_SYSTEM_POLICY_H
#define OWNERONLY_SCRIPTS_OPERATOR_SYSTEM_POLICY_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Would the library read one, or refuse what stands there, in the root of this process (501)?  Else
 * the built-in rule is in force.
 */
bool has_system_policy(pid_t pid);

#endif
