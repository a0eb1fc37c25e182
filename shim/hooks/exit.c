/*
 * The ends of a process: what it leaves open is published (302).
 *
 * exit(3) and quick_exit(3) run handlers, the first registered last.  Ours are registered by the
 * library's constructor, before the program's start code registers the loader's own, which runs the
 * destructors: so they come after everything else that may still write.  The handler belongs to no
 * object (a null handle), or it would run with this library's own destructors.  libc flushes its
 * streams later still, so the handler of exit(3) must do that for pending files.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/hooks/exit.h"
#include "shim/hooks/hook.h"
#include "shim/pending/across_exec.h"

#include <stdlib.h>

#define DEFINE_EXIT(name)                                                                          \
    EXPORT void name(int status)                                                                   \
    {                                                                                              \
        pending_finish_at_once();                                                                  \
        NEXT(name)(status);                                                                        \
        __builtin_unreachable();                                                                   \
    }

DEFINE_EXIT(_exit)
DEFINE_EXIT(_Exit)

/* Here the caller ends, past its own _exit(2), and its child goes on with the descriptors. */
EXPORT int daemon(int nochdir, int noclose)
{
    pending_publish_before_daemon();
    return NEXT(daemon)(nochdir, noclose);
}

#ifdef __GLIBC__

/* Linux Standard Base, chapter "Interfaces for libc"; quick_exit's is atexit(3)'s own. */
extern int __cxa_atexit(void (*handler)(void *), void *argument, void *object);
extern int __cxa_at_quick_exit(void (*handler)(void *), void *object);

static void at_exit(void *unused)
{
    (void)unused;
    pending_finish_at_exit();
}

static void at_quick_exit_handler(void *unused)
{
    (void)unused;
    pending_finish_at_once();
}

void exit_start(void)
{
    (void)__cxa_atexit(at_exit, NULL, NULL);
    (void)__cxa_at_quick_exit(at_quick_exit_handler, NULL);
}

#else

/* musl runs destructors after the handlers, and flushes last. */
__attribute__((destructor)) static void at_exit(void)
{
    pending_finish_at_exit();
}

void exit_start(void)
{
    (void)at_quick_exit(pending_finish_at_once);
}

#endif
