/*
 * What posix_spawn(3) will make of a child's standard output and error, as far as the caller said
 * it by posix_spawn_file_actions_adddup2(3).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SHIM_HOOKS_SPAWN_ACTIONS_H
#define OWNERONLY_SHIM_HOOKS_SPAWN_ACTIONS_H

/* fds[0], fds[1]: descriptors of this process, which become 1 and 2; or -1 for none of its own. */
void spawn_actions_read(const void *actions, int fds[2]);

#endif
