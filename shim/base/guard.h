/*
 * A stretch of code that the thread cannot be made to leave: no signal handler runs in it, so none
 * jumps or exits out of it, and no cancellation acts in it (207).
 *
 * Two system calls, so only what is redirected pays for it.  Guards nest, for nothing.  A signal
 * that comes meanwhile is delivered when the outermost one is left; SIGSYS alone is not put off
 * (guard.c says why), and SIGKILL, or a fault of one's own, ends the process all the same.  errno
 * is untouched; async-signal-safe, usable in a vfork(2) child. See rt_sigprocmask(2),
 * pthread_setcancelstate(3).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SHIM_BASE_GUARD_H
#define OWNERONLY_SHIM_BASE_GUARD_H

void guard_enter(void);

void guard_leave(void);

/* An address that is the calling thread's alone: also a vfork(2) child's, which shares it. */
const void *guard_thread(void);

/*
 * A cancellation point, as close(2) and open(2) are: for a call that was guarded, so that a thread
 * is cancelled there all the same.  Does nothing under a guard.
 */
void guard_test_cancel(void);

#endif
