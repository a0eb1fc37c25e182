/*
 * What has to be there whatever is run: a good policy, a log that can be written, the library's
 * file, /proc.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "scripts/operator/doctor.h"
#include "scripts/operator/operator.h"
#include "scripts/operator/preloads.h"
#include "scripts/operator/verdict.h"
#include "shim/base/proc.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define SYSLOG_SOCKET "/dev/log"

static bool in_force;
static bool kept;

bool policy_is_in_force(void)
{
    return in_force;
}

bool environment_is_kept(void)
{
    return kept;
}

static void check_policy(void)
{
    int result = configuration_try();
    if (result < 0 && result != -EINVAL) {
        say(VERDICT_FAILED, "policy", "could not be looked at, no child process: %s",
            strerror(-result));
        return;
    }
    if (result < 0) {
        say(VERDICT_FAILED, "policy",
            "refused, so no program would start; mend it as the line on standard error says");
        return;
    }
    const struct config *config = config_get();
    kept = config->policy->keep_loaded == POLICY_KEEP_LOADED_YES;
    in_force = !config->off;
    if (config->off)
        say(VERDICT_FAILED, "policy", "OWNERONLY_MODE=off protects nothing; unset it");
    else if (config->observe)
        say(VERDICT_WARNING, "policy",
            "OWNERONLY_MODE=observe protects nothing; unset it once the log looks right");
    else
        say(VERDICT_OK, "policy", "good, rules: %zu; owneronly check shows them",
            config->policy->rule_count);
}

/* As the library would open it; nothing is made. */
static void check_lines(const char *variable)
{
    char buffer[PATH_MAX + 256];
    struct text problem = text_begin(buffer, sizeof buffer);
    const char *path = getenv(variable);
    if (!path || *path != '/')
        return;
    if (line_file_is_usable(variable, path, &problem))
        say(VERDICT_OK, path, "lines can be written to it (%s)", variable);
    else
        say(VERDICT_FAILED, path, "%s (%s); name a file where only you and root can put one",
            problem.bytes, variable);
}

static void check_log(void)
{
    const char *log = getenv("OWNERONLY_LOG");
    check_lines("OWNERONLY_LOG");
    check_lines("OWNERONLY_REPORT");
    if (log && strcmp(log, "syslog") == 0 && access(SYSLOG_SOCKET, W_OK) < 0)
        say(VERDICT_WARNING, SYSLOG_SOCKET,
            "%s, so what is logged goes nowhere; start a syslog daemon", strerror(errno));
}

static void check_file(const char *path)
{
    struct stat status;
    struct statvfs system;
    if (stat(path, &status) < 0)
        say(VERDICT_FAILED, path, "%s; install it there", strerror(errno));
    else if (statvfs(path, &system) == 0 && (system.f_flag & ST_NOEXEC))
        say(VERDICT_FAILED, path,
            "on a file system mounted noexec, so it cannot be mapped; install it elsewhere");
    else if (!(status.st_mode & S_IROTH))
        say(VERDICT_WARNING, path,
            "not readable by others, whose programs would run unprotected; chmod a+r it");
    else if ((status.st_mode & (S_IWGRP | S_IWOTH)) ||
             (status.st_uid != 0 && status.st_uid != geteuid()))
        say(VERDICT_WARNING, path,
            "others can change it, and so run code in every program; chown and chmod go-w it");
    else
        say(VERDICT_OK, path, "the library");
}

static void check_library(const char *preload)
{
    char *library = preload_library(preload);
    if (*library == '\0') {
        say(VERDICT_FAILED, "library",
            "libowneronly.so was not found beside owneronly; install it there");
    } else if (*library != '/') {
        /* The list was split where the path was not meant to be. */
        say(VERDICT_FAILED, library,
            "the path holds a colon or white space, which LD_PRELOAD cannot; move it");
    } else {
        char **files = library_files(library);
        for (char **file = files; *file; file++) {
            check_file(*file);
            free(*file);
        }
        free(files);
    }
    free(library);
}

static void check_proc(void)
{
    char path[PATH_MAX];
    int fd = open("/", O_PATH | O_CLOEXEC);
    if (fd >= 0 && proc_real_path(fd, path, sizeof path) == 1)
        say(VERDICT_OK, "/proc", "mounted");
    else
        say(VERDICT_FAILED, "/proc",
            "not mounted, so rules with a '/' refuse every write; mount it");
    if (fd >= 0)
        close(fd);
}

void check_installation(const char *preload)
{
    check_policy();
    check_log();
    check_library(preload);
    check_proc();
}
