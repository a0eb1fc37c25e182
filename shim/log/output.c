/*
 * Where lines go.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/log/output.h"
#include "shim/base/path.h"
#include "shim/base/proc.h"
#include "shim/base/quiet.h"
#include "shim/base/sys_process.h"
#include "shim/config/log_file.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define DIRECTORY_SIZE 768

static atomic_bool standard_error_is_spared;

void output_spare_standard_error(void)
{
    atomic_store_explicit(&standard_error_is_spared, true, memory_order_relaxed);
}

/* Inode numbers are used again, so when it was made counts as well. */
static bool is_same_file(const struct statx *a, const struct statx *b)
{
    return sys_same_file(a, b) && a->stx_btime.tv_sec == b->stx_btime.tv_sec &&
           a->stx_btime.tv_nsec == b->stx_btime.tv_nsec;
}

/* Is there a rule for what the descriptor is open on?  That is written to in place. */
static bool is_protected(const struct policy *policy, int fd)
{
    char path[DIRECTORY_SIZE];
    const struct policy_rule *rule;
    ssize_t length = proc_real_path(fd, path, sizeof path);
    if (length <= 0 || path[0] != '/')
        return false;
    const char *name = path_name(path, (size_t)length);
    size_t name_length = (size_t)(path + length - name);
    return policy_match(policy, path, (size_t)(name - 1 - path), name, name_length, &rule) ==
           POLICY_MATCH;
}

bool output_to_standard_error(const struct config *config, const struct text *line)
{
    struct statx now;
    if (!config->has_standard_error || log_file_status(STDERR_FILENO, &now) < 0 ||
        !is_same_file(&now, &config->standard_error) ||
        atomic_load_explicit(&standard_error_is_spared, memory_order_relaxed))
        return false;
    if (S_ISREG(now.stx_mode) && is_protected(config->policy, STDERR_FILENO))
        return false;
    return quiet_write(STDERR_FILENO, now.stx_mode, line->bytes, line->length);
}

bool output_to_log(const struct config *config, const struct text *line)
{
    struct statx status;
    int fd = config->log_is_usable ? log_file_open(config->log_path, true, &status) : -EPERM;
    if (fd < 0)
        return false;
    bool written = quiet_write(fd, S_IFREG, line->bytes, line->length);
    sys_close(fd);
    return written;
}

/* Once the wrapper has counted, its file is gone, and what stands there then is another one. */
bool output_to_report(const struct config *config, const struct text *line)
{
    struct statx status;
    int fd = log_file_open(config->report_path, false, &status);
    if (fd < 0)
        return false;
    bool written = is_same_file(&status, &config->report) &&
                   quiet_write(fd, S_IFREG, line->bytes, line->length);
    sys_close(fd);
    return written;
}

/* syslog(3) allocates and locks; its protocol is one datagram. */
bool output_to_syslog(const struct text *line)
{
    static const struct sockaddr_un address = {AF_UNIX, "/dev/log"};
    int fd = sys_socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0)
        return false;
    bool written = sys_connect(fd, &address, sizeof address) == 0 &&
                   quiet_write(fd, S_IFSOCK, line->bytes, line->length);
    sys_close(fd);
    return written;
}
