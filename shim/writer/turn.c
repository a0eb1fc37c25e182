/*
 * Turns: one process at a time makes a file owner-only that many append to (112).
 *
 * The turn is a hidden name, the same for all.  Who has it holds the lock on the file behind it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/base/sys_process.h"
#include "shim/writer/temporary.h"

#include <string.h>
#include <sys/file.h>
#include <time.h>

/* For a turn that does not end: a process that is stopped meanwhile. */
#define PAUSE_NS 2000000
#define PAUSES 5000

/* The lock says that the turn is over; who died in it has left the name. */
static int wait_for(int directory, const char *name)
{
    struct timespec pause = {.tv_nsec = PAUSE_NS};
    uid_t owner = sys_geteuid();
    int fd = -EAGAIN;
    for (int pauses = 0; fd == -EAGAIN && pauses < PAUSES; pauses++) {
        if (pauses > 0)
            sys_nanosleep(&pause);
        fd = stale_hold(directory, name, &owner);
    }
    if (fd >= 0) {
        (void)sys_unlinkat(directory, name);
        sys_close(fd);
        return WRITER_RETRY;
    }
    if (fd == -ENOENT || fd == -ESTALE)
        return WRITER_RETRY;
    return fd == -EAGAIN ? -EBUSY : fd;
}

int turn_wait(struct writer_file *file)
{
    char name[WRITER_TEMPORARY_SIZE];
    struct statx status;
    int result = temporary_turn_name(file, name);
    if (result < 0)
        return result;
    result = sys_statx(file->directory, name, AT_SYMLINK_NOFOLLOW, &status);
    if (result < 0)
        return result == -ENOENT ? 0 : result;
    result = wait_for(file->directory, name);
    if (result == -EBUSY)
        return writer_refuse(file, result,
                             "another process's turn to make the file owner-only does not end");
    if (result != WRITER_RETRY)
        writer_refuse(file, result, "another's file stands at the hidden name of the turn");
    return result;
}

int turn_take(struct writer_file *file, int fd)
{
    char name[WRITER_TEMPORARY_SIZE];
    int result = temporary_turn_name(file, name);
    if (result < 0)
        return result;
    if (file->temporary[0]) {
        result = temporary_link_to(file, name);
        if (result == 0)
            sys_unlinkat(file->directory, file->temporary);
    } else {
        (void)sys_flock(fd, LOCK_EX | LOCK_NB);
        result = temporary_link_as(file, fd, name);
    }
    if (result == 0)
        memcpy(file->temporary, name, sizeof name);
    return result == -EEXIST ? WRITER_RETRY : result;
}
