/*
 * Hooks of the ends of a process: what it leaves open is published (302).
 *
 * exit(3) and the return from main need no hook: the library's destructor runs after the program's
 * own handlers and destructors.  It must flush pending streams, because libc does that later still.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/hooks/next.h"
#include "shim/pending/across_exec.h"

#define DEFINE_EXIT(name)                                                                          \
    EXPORT void name(int status)                                                                   \
    {                                                                                              \
        pending_finish();                                                                          \
        NEXT(name)(status);                                                                        \
        __builtin_unreachable();                                                                   \
    }

DEFINE_EXIT(_exit)
DEFINE_EXIT(_Exit)
DEFINE_EXIT(quick_exit)

/* Here the caller ends, past its own _exit(2), and its child goes on with the descriptors. */
EXPORT int daemon(int nochdir, int noclose)
{
    pending_publish_before_daemon();
    return NEXT(daemon)(nochdir, noclose);
}

__attribute__((destructor)) static void at_exit(void)
{
    pending_flush_standard();
    pending_finish();
}
