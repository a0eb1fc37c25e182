/*
 * The configuration: where the policy comes from, and how decisions are reported (501 to 505).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SHIM_CONFIG_CONFIG_H
#define OWNERONLY_SHIM_CONFIG_CONFIG_H

#include "policy/rules/policy.h"
#include "shim/base/compiler.h"
#include "shim/base/sys.h"
#include "shim/exec/environment.h"

#include <limits.h>
#include <stdatomic.h>

enum config_log { CONFIG_LOG_REFUSALS, CONFIG_LOG_STDERR, CONFIG_LOG_SYSLOG, CONFIG_LOG_FILE };

/* In the order in which they are asked (501). */
enum config_source {
    CONFIG_SOURCE_VARIABLE, /* OWNERONLY_POLICY */
    CONFIG_SOURCE_SYSTEM,
    CONFIG_SOURCE_BUILTIN
};

struct config {
    const struct policy *policy;
    enum config_source source;
    bool has_globs;                      /* OWNERONLY_MATCH, whose rule comes first */
    const struct kept_environment *kept; /* NULL unless keep-loaded = yes */
    struct statx standard_error; /* as the process was started: a later descriptor 2 may be data */
    bool has_standard_error;
    bool observe;       /* 504 */
    bool off;           /* 504: the policy is policy_none, whatever else there is */
    bool log_is_usable; /* of CONFIG_LOG_FILE */
    enum config_log log;
    bool has_report;
    char program[256];          /* as it was started, whatever it calls itself later */
    struct statx report;        /* as it was at the start */
    char log_path[PATH_MAX];    /* of CONFIG_LOG_FILE: the real path, if it is usable */
    char report_path[PATH_MAX]; /* gets all lines as well, if has_report: the real path */
};

extern INTERNAL _Atomic(const struct config *) config_loaded;

/*
 * Reads the configuration.  Does not return if it is not as it must be: one line on standard error,
 * and exit status 125 (502).
 */
const struct config *config_load(void);

/* One line on standard error, and exit status 125: the process must not go on.  error: -errno. */
__attribute__((noreturn)) void config_fatal(const char *where, const char *what, int error);

/* The configuration, read by whoever needs it first: a hook can run before any constructor. */
static inline const struct config *config_get(void)
{
    const struct config *config = atomic_load_explicit(&config_loaded, memory_order_acquire);
    return __builtin_expect(config != NULL, 1) ? config : config_load();
}

/* The same where the library's constructor is known to have run. */
static inline const struct config *config_since_start(void)
{
    return atomic_load_explicit(&config_loaded, memory_order_relaxed);
}

#endif
