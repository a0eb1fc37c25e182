/*
 * A shared object that does nothing: what any preload costs at the start of a process.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
extern const char empty;
const char empty = 0;
