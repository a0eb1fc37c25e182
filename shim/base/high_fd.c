/*
 * Descriptors out of the program's way.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/base/high_fd.h"
#include "shim/base/sys.h"

/* Halved where RLIMIT_NOFILE leaves too few. */
#define LOWEST_FD 960

int high_fd_duplicate(int fd)
{
    int copy = -EMFILE;
    for (int lowest = LOWEST_FD; (copy == -EINVAL || copy == -EMFILE) && lowest > 0; lowest /= 2)
        copy = sys_fcntl(fd, F_DUPFD_CLOEXEC, lowest);
    return copy;
}

int high_fd_move(int fd)
{
    int moved = high_fd_duplicate(fd);
    sys_close(fd);
    return moved;
}
