/*
 * A stretch of code that the thread cannot be made to leave.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/base/guard.h"
#include "shim/base/sys.h"

#include <pthread.h>
#include <signal.h>

/*
 * What the outermost guard found.  A handler that comes while depth is 0 may use the other two, and
 * leaves depth at 0: they are written last, and read first.  The model is the one that needs no
 * allocation in a library that is loaded at the start.
 */
static _Thread_local __attribute__((tls_model("initial-exec"))) struct {
    unsigned depth;
    int cancel_state;
    uint64_t signals;
} outermost;

/*
 * libc's sigprocmask(3) leaves out the signals that it needs for itself; one of them is how a
 * thread is cancelled.
 */
static void set_mask(const uint64_t *mask, uint64_t *before)
{
    (void)sys_call(SYS_rt_sigprocmask, SIG_SETMASK, (long)mask, (long)before, sizeof *mask, 0);
}

/*
 * SIGSYS stays: in a sandbox its handler answers a system call for the kernel, which ends a process
 * that blocks it (seccomp(2), SECCOMP_RET_TRAP).
 *
 * The real close(2) and fsync(2) that are called under a guard are cancellation points.
 */
void guard_enter(void)
{
    static const uint64_t all = ~((uint64_t)1 << (SIGSYS - 1));
    if (outermost.depth == 0) {
        uint64_t signals = 0;
        int cancel_state = PTHREAD_CANCEL_ENABLE;
        set_mask(&all, &signals);
        (void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state);
        outermost.signals = signals;
        outermost.cancel_state = cancel_state;
    }
    outermost.depth++;
}

/*
 * In this order: a handler that jumped away between the two would leave a thread that cannot be
 * cancelled.  A thread that is cancelled here, asynchronously, ends with its signals blocked.
 */
void guard_leave(void)
{
    uint64_t signals = outermost.signals;
    int cancel_state = outermost.cancel_state;
    if (--outermost.depth > 0)
        return;
    (void)pthread_setcancelstate(cancel_state, NULL);
    set_mask(&signals, NULL);
}

const void *guard_thread(void)
{
    return &outermost;
}

/* Before glibc 2.34 pthread_testcancel(3) is in libpthread alone; libc has these two as well. */
void guard_test_cancel(void)
{
    int type = PTHREAD_CANCEL_DEFERRED;
    (void)pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &type);
    (void)pthread_setcanceltype(type, NULL);
}
