/*
 * Finds and opens the files of lines.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/config/log_file.h"
#include "shim/base/error_name.h"
#include "shim/base/memory.h"
#include "shim/base/sys_process.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A FIFO without a reader, or a lease, is an error then. */
#define FLAGS (O_WRONLY | O_APPEND | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)

bool log_file_find(struct trust *trust, const char *path)
{
    if (!trust_walk(trust, path, TRUST_LOG))
        return false;
    if (!trust->exists || S_ISREG(trust->status.stx_mode))
        return true;
    trust->problem = "is not a regular file";
    return false;
}

static int make(const char *path)
{
    int fd = sys_openat(AT_FDCWD, path, FLAGS | O_CREAT | O_EXCL, 0600);
    if (fd == -EEXIST) /* another process was faster */
        return sys_openat(AT_FDCWD, path, FLAGS, 0);
    if (fd >= 0)
        (void)sys_fchmod(fd, 0600); /* whatever the umask is */
    return fd;
}

int log_file_status(int fd, struct statx *status)
{
    return (int)sys_call(SYS_statx, fd, (long)"", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_BTIME,
                         (long)status);
}

int log_file_open(const char *real_path, bool create, struct statx *status)
{
    int fd = sys_openat(AT_FDCWD, real_path, FLAGS, 0);
    if (fd == -ENOENT && create)
        fd = make(real_path);
    if (fd < 0)
        return fd;
    int result = log_file_status(fd, status);
    if (result == 0 && !S_ISREG(status->stx_mode))
        result = -EINVAL;
    else if (result == 0 && status->stx_uid != 0 && status->stx_uid != sys_geteuid())
        result = -EPERM;
    if (result == 0)
        return fd;
    sys_close(fd);
    return result;
}

static void put_error(struct text *problem, const char *what, int error)
{
    text_put(problem, what);
    text_put(problem, ": ");
    error_name_add(problem, error);
}

/* Of a place that is good: may this caller write there? */
static bool may_write(struct trust *trust, struct text *problem)
{
    struct statx status;
    if (trust->exists) {
        int fd = log_file_open(trust->path, false, &status);
        if (fd < 0)
            put_error(problem, "cannot be opened", -fd);
        else
            sys_close(fd);
        return fd >= 0;
    }
    char *name = strrchr(trust->path, '/');
    *name = '\0';
    int result =
        sys_faccessat2(AT_FDCWD, *trust->path ? trust->path : "/", W_OK | X_OK, AT_EACCESS);
    *name = '/';
    if (result < 0 && result != -ENOSYS)
        put_error(problem, "cannot be made", -result);
    return result == 0 || result == -ENOSYS;
}

bool log_file_is_usable(const char *path, struct text *problem)
{
    struct trust *trust = memory_map(sizeof *trust, MAP_PRIVATE);
    if (!trust) {
        put_error(problem, "cannot be looked at", ENOMEM);
        return false;
    }
    bool good = log_file_find(trust, path);
    if (good)
        good = may_write(trust, problem);
    else
        trust_problem(trust, path, problem);
    memory_unmap(trust, sizeof *trust);
    return good;
}
