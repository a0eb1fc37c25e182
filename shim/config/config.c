/*
 * What a process is told: policy, mode, log and report.  Whatever is wrong with it ends the
 * process: running unprotected is not an option (502).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/config/config.h"
#include "shim/base/memory.h"
#include "shim/config/fatal.h"
#include "shim/config/log_file.h"
#include "shim/config/policy_source.h"
#include "shim/config/settings.h"
#include "shim/exec/preload.h"

#include <string.h>
#include <unistd.h>

_Atomic(const struct config *) config_loaded;

void config_fatal(const char *where, const char *what, int error)
{
    fatal_file(where, what, -error, &(struct fatal_includer){NULL, 0});
}

static void find_mode(struct config *config)
{
    const char *mode = setting("OWNERONLY_MODE");
    if (!mode || strcmp(mode, "enforce") == 0)
        return;
    config->observe = strcmp(mode, "observe") == 0;
    config->off = strcmp(mode, "off") == 0;
    if (!config->observe && !config->off)
        fatal_at("OWNERONLY_MODE", 0, "must be 'enforce', 'observe' or 'off'");
}

/* The real path of a file of lines; false, and the path as it is, if it can't be used. */
static bool find_file(const char *path, char real_path[PATH_MAX])
{
    struct trust *trust = setting_memory(sizeof *trust);
    bool usable = log_file_find(trust, path);
    strcpy(real_path, usable ? trust->path : path);
    memory_unmap(trust, sizeof *trust);
    return usable;
}

/* It must be there already, and only the file that is there now will do later. */
static bool open_report(struct config *config)
{
    int fd = log_file_open(config->report_path, false, &config->report);
    if (fd >= 0)
        sys_close(fd);
    return fd >= 0;
}

/* Switched off, a setting that is wrong is as good as none: nothing is to be stopped by it. */
static void refuse(const struct config *config, const char *variable, const char *what)
{
    if (!config->off)
        fatal_at(variable, 0, what);
}

static void find_log(struct config *config)
{
    const char *log = setting("OWNERONLY_LOG");
    if (!log) {
        config->log = CONFIG_LOG_REFUSALS;
    } else if (strcmp(log, "stderr") == 0) {
        config->log = CONFIG_LOG_STDERR;
    } else if (strcmp(log, "syslog") == 0) {
        config->log = CONFIG_LOG_SYSLOG;
    } else if (*log == '/' && strlen(log) < sizeof config->log_path) {
        config->log = CONFIG_LOG_FILE;
        config->log_is_usable = find_file(log, config->log_path);
    } else {
        refuse(config, "OWNERONLY_LOG", "must be 'stderr', 'syslog' or an absolute path");
    }
}

static void find_report(struct config *config)
{
    const char *report = setting("OWNERONLY_REPORT");
    if (!report)
        return;
    if (*report == '/' && strlen(report) < sizeof config->report_path)
        config->has_report = find_file(report, config->report_path) && open_report(config);
    else
        refuse(config, "OWNERONLY_REPORT", "must be an absolute path");
}

static const struct kept_environment *copy_of(char *const *variables)
{
    size_t size = environment_copy_size(variables);
    void *memory = setting_memory(size);
    const struct kept_environment *kept = environment_copy(variables, memory);
    memory_make_constant(memory, size);
    return kept;
}

/* What a set-id process was told does not count for its children either. */
static const struct kept_environment *copy_kept(void)
{
    return setting_is_ignored() ? NULL : copy_of(setting_environment());
}

/* A child that loses LD_PRELOAD has no library; one that loads it by a file is to be off as well.
 */
static const struct kept_environment *copy_off(void)
{
    static char off[] = "OWNERONLY_MODE=off";
    char *const variables[] = {off, NULL};
    const char *preload = setting(PRELOAD_VARIABLE);
    return preload && preload_has_ours(preload) ? NULL : copy_of(variables);
}

static void find_policy(struct config *config)
{
    if (config->off) {
        config->policy = &policy_none;
        config->kept = copy_off();
        return;
    }
    policy_source_find(config);
    if (config->policy->keep_loaded == POLICY_KEEP_LOADED_YES)
        config->kept = copy_kept();
}

const struct config *config_load(void)
{
    int saved = errno;
    struct config *config = setting_memory(sizeof *config);
    setting_program(config->program, sizeof config->program);
    find_mode(config);
    find_policy(config);
    find_log(config);
    find_report(config);
    config->has_standard_error = log_file_status(STDERR_FILENO, &config->standard_error) == 0;

    /* Two threads may get here at once; both read the same, and one result is kept. */
    const struct config *expected = NULL;
    if (!atomic_compare_exchange_strong(&config_loaded, &expected, config)) {
        memory_unmap(config, sizeof *config);
        errno = saved;
        return expected;
    }
    errno = saved;
    return config;
}
