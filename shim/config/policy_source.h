/*
 * Where the policy comes from (501).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SHIM_CONFIG_POLICY_SOURCE_H
#define OWNERONLY_SHIM_CONFIG_POLICY_SOURCE_H

#include "shim/config/config.h"

/* Sets policy, source and has_globs.  Does not return if the policy is not as it must be (502). */
void policy_source_find(struct config *config);

#endif
