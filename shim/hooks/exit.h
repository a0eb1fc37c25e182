/*
 * The ends of a process.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SHIM_HOOKS_EXIT_H
#define OWNERONLY_SHIM_HOOKS_EXIT_H

/* Registers what runs at the end.  To be called once, by the library's constructor. */
void exit_start(void);

#endif
