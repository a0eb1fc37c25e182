/*
 * Telling the living from the dead by the lock on the very file that a hidden name stands for.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/writer/stale.h"
#include "shim/base/sys_process.h"
#include "shim/writer/temporary.h"

#include <sys/file.h>
#include <sys/stat.h>

int stale_hold(int directory, const char *name, const uid_t *owner)
{
    int fd =
        sys_openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0);
    if (fd < 0)
        return fd;
    struct statx status;
    int result = sys_fstat(fd, &status);
    if (result == 0 && (!S_ISREG(status.stx_mode) || (owner && status.stx_uid != *owner)))
        result = -EPERM;
    if (result == 0)
        result = sys_flock(fd, LOCK_EX | LOCK_NB);
    if (result == 0 && !temporary_is_at(directory, name, &status))
        result = -ESTALE;
    if (result == 0)
        return fd;
    sys_close(fd);
    return result;
}

bool stale_remove(int directory, const char *name)
{
    uid_t owner = sys_geteuid();
    int fd = stale_hold(directory, name, &owner);
    if (fd < 0)
        return fd == -ENOENT;
    bool removed = sys_unlinkat(directory, name) == 0;
    sys_close(fd);
    return removed;
}

static bool is_of_this_host(int directory, uint64_t host)
{
    struct statx status;
    uint64_t own;
    return sys_fstat(directory, &status) == 0 &&
           host_id(status.stx_dev_major, status.stx_dev_minor, &own) && own == host;
}

int writer_stale(int directory, const char *name, bool remove)
{
    uint64_t host;
    if (!temporary_is_name(name, &host))
        return WRITER_NOT_TEMPORARY;
    int fd = stale_hold(directory, name, NULL);
    if (fd == -EAGAIN)
        return WRITER_IN_USE;
    if (fd == -EPERM || fd == -ESTALE || fd == -ENOENT || fd == -ELOOP || fd == -ENXIO)
        return WRITER_NOT_TEMPORARY;
    if (fd < 0)
        return fd;
    /* A name of the first version names none. */
    bool foreign = host == 0 || !is_of_this_host(directory, host);
    int result = remove ? sys_unlinkat(directory, name) : 0;
    sys_close(fd);
    if (result < 0)
        return result;
    if (foreign)
        return remove ? WRITER_REMOVED_FOREIGN : WRITER_FOREIGN;
    return remove ? WRITER_REMOVED : WRITER_STALE;
}
