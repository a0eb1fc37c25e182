/*
 * Does somebody else still hold the file open for writing (307)?
 *
 * A child may go on writing what its parent has closed.  A read lease is granted only while nobody
 * has the file open for writing (fcntl(2), F_SETLEASE), so asking for one tells.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/base/proc.h"
#include "shim/writer/internal.h"

#include <signal.h>

/*
 * fd itself is open for writing, so a read-only descriptor of the same file takes its place.  Its
 * owner is about to close it, and linking, syncing and fchmod(2) work with either.
 */
static int make_read_only(int fd)
{
    char path[PROC_FD_PATH_SIZE];
    proc_fd_path(path, fd);
    int readable = sys_openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
    if (readable < 0)
        return readable;
    int result = sys_dup3(readable, fd, O_CLOEXEC);
    sys_close(readable);
    return result < 0 ? result : 0;
}

/* Whoever opens the file while the lease lasts breaks it: told by SIGIO, which kills, unless. */
int held_for_writing(int fd)
{
    (void)sys_fcntl(fd, F_SETSIG, SIGURG); /* which is ignored by default: signal(7) */
    int result = sys_fcntl(fd, F_SETLEASE, F_RDLCK);
    if (result == 0)
        (void)sys_fcntl(fd, F_SETLEASE, F_UNLCK);
    return result;
}

bool held_by_others(int fd)
{
    return make_read_only(fd) == 0 && held_for_writing(fd) == -EAGAIN;
}
