/*
 * A closed pipe raises SIGPIPE, a file beyond RLIMIT_FSIZE SIGXFSZ, both in the thread that writes:
 * they are blocked here, and one that comes is taken away.
 *
 * A full pipe, a stopped terminal, or a socket without room makes write(2) wait.  O_NONBLOCK can't
 * be set on the descriptor, since other processes share its flags: a pipe is opened once more, a
 * socket has a flag for one call, and anything else is asked by poll(2).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/base/quiet.h"
#include "shim/base/proc.h"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>

/* The kernel's set of signals: rt_sigprocmask(2). */
typedef uint64_t signal_set;
#define SIGNAL(number) (UINT64_C(1) << ((number)-1))

static const signal_set unwanted = SIGNAL(SIGPIPE) | SIGNAL(SIGXFSZ);
static const long at_once[2]; /* a struct timespec of the kernel's */

static ssize_t send_now(int fd, const void *bytes, size_t length)
{
    return sys_call(SYS_sendto, fd, (long)bytes, (long)length, MSG_DONTWAIT | MSG_NOSIGNAL, 0);
}

/* Between the two calls another writer may fill it; that is as near as one can get. */
static ssize_t write_if_ready(int fd, const void *bytes, size_t length)
{
    struct pollfd ready = {.fd = fd, .events = POLLOUT};
    long count = sys_call(SYS_ppoll, (long)&ready, 1, (long)at_once, 0, 0);
    return count == 1 && (ready.revents & POLLOUT) ? sys_write(fd, bytes, length) : -EAGAIN;
}

static ssize_t write_pipe(int fd, const void *bytes, size_t length)
{
    char path[PROC_FD_PATH_SIZE];
    proc_fd_path(path, fd);
    int own = sys_openat(AT_FDCWD, path, O_WRONLY | O_NONBLOCK | O_CLOEXEC, 0);
    if (own == -ENXIO) /* nobody reads it any more */
        return own;
    if (own < 0) /* without /proc, or made by another user */
        return write_if_ready(fd, bytes, length);
    ssize_t written = sys_write(own, bytes, length);
    sys_close(own);
    return written;
}

static ssize_t write_now(int fd, mode_t type, const void *bytes, size_t length)
{
    switch (type & S_IFMT) {
    case S_IFREG:
        return sys_write(fd, bytes, length);
    case S_IFSOCK:
        return send_now(fd, bytes, length);
    case S_IFIFO:
        return write_pipe(fd, bytes, length);
    default:
        return write_if_ready(fd, bytes, length);
    }
}

bool quiet_write(int fd, mode_t type, const void *bytes, size_t length)
{
    signal_set before = 0, pending = 0;
    sys_call(SYS_rt_sigprocmask, SIG_BLOCK, (long)&unwanted, (long)&before, sizeof before, 0);
    sys_call(SYS_rt_sigpending, (long)&pending, sizeof pending, 0, 0, 0);
    ssize_t written = write_now(fd, type, bytes, length);
    /* One that was pending before is the program's own affair. */
    signal_set raised = unwanted & ~pending;
    if (written == -EPIPE || written == -EFBIG)
        sys_call(SYS_rt_sigtimedwait, (long)&raised, 0, (long)at_once, sizeof raised, 0);
    sys_call(SYS_rt_sigprocmask, SIG_SETMASK, (long)&before, 0, sizeof before, 0);
    return written == (ssize_t)length;
}
