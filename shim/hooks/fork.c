/*
 * Hooks of fork(2): the child is a guest of what its parent has pending (306).
 *
 * vfork(2) has none: its child finds its parent's table, and changes nothing in it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/hooks/hook.h"
#include "shim/pending/guests.h"

static pid_t forked(pid_t pid)
{
    if (pid == 0 && pending_ever())
        guests_forked();
    return pid;
}

EXPORT pid_t fork(void)
{
    return forked(NEXT(fork)());
}

#ifdef __GLIBC__
EXPORT pid_t __fork(void)
{
    return forked(NEXT(__fork)());
}
#endif
