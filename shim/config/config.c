/*
 * What a process is told: policy, mode, log and report.  Whatever is wrong with it ends the
 * process: running unprotected is not an option (502).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/config/config.h"
#include "shim/config/fatal.h"
#include "shim/config/policy_source.h"
#include "shim/config/settings.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

_Atomic(const struct config *) config_loaded;

void config_fatal(const char *where, const char *what, int error)
{
    fatal_file(where, what, -error, &(struct fatal_includer){NULL, 0});
}

static bool find_mode(void)
{
    const char *mode = setting("OWNERONLY_MODE");
    if (mode && strcmp(mode, "observe") != 0 && strcmp(mode, "enforce") != 0)
        fatal_at("OWNERONLY_MODE", 0, "must be 'enforce' or 'observe'");
    return mode && *mode == 'o';
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
        strcpy(config->log_path, log);
    } else {
        fatal_at("OWNERONLY_LOG", 0, "must be 'stderr', 'syslog' or an absolute path");
    }
}

static void find_report(struct config *config)
{
    const char *report = setting("OWNERONLY_REPORT");
    if (!report)
        return;
    if (*report != '/' || strlen(report) >= sizeof config->report_path)
        fatal_at("OWNERONLY_REPORT", 0, "must be an absolute path");
    config->has_report = true;
    strcpy(config->report_path, report);
}

/* What a set-id process was told does not count for its children either. */
static const struct kept_environment *copy_kept(void)
{
    char *const *variables = setting_environment();
    if (setting_is_ignored())
        return NULL;
    size_t size = environment_copy_size(variables);
    void *memory = setting_memory(size);
    const struct kept_environment *kept = environment_copy(variables, memory);
    mprotect(memory, size, PROT_READ);
    return kept;
}

const struct config *config_load(void)
{
    int saved = errno;
    struct config *config = setting_memory(sizeof *config);
    policy_source_find(config);
    config->observe = find_mode();
    find_log(config);
    find_report(config);
    if (config->policy->keep_loaded == POLICY_KEEP_LOADED_YES)
        config->kept = copy_kept();
    config->has_standard_error = sys_fstat(STDERR_FILENO, &config->standard_error) == 0;

    /* Two threads may get here at once; both read the same, and one result is kept. */
    const struct config *expected = NULL;
    if (!atomic_compare_exchange_strong(&config_loaded, &expected, config)) {
        munmap(config, sizeof *config);
        errno = saved;
        return expected;
    }
    errno = saved;
    return config;
}
