/*
 * Who comes before this library in the process (506).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SHIM_HOOKS_ORDER_H
#define OWNERONLY_SHIM_HOOKS_ORDER_H

/*
 * At the start of the process: one line for each library that stands before this one in the order
 * of search and defines what it hooks.  What such a library keeps to itself, or hands to libc
 * directly, is never seen here.  A sanitizer's run time must stand there, and passes on what it
 * sees.
 */
void order_check(void);

#endif
