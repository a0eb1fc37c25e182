/*
 * Where the policy comes from: OWNERONLY_POLICY, OWNERONLY_MATCH, the system file, the built-in
 * rule (501).  Whatever is wrong with it ends the process: running unprotected is not an option
 * (502).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/config/config.h"
#include "policy/file/group_file.h"
#include "shim/base/proc.h"
#include "shim/base/text_file.h"
#include "shim/config/fatal.h"
#include "shim/config/policy_files.h"

#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

_Atomic(const struct config *) config_loaded;

void config_fatal(const char *where, const char *what, int error)
{
    fatal_file(where, what, -error, &(struct fatal_includer){NULL, 0});
}

/* glibc's, in the loader. */
extern const long *__libc_stack_end __attribute__((weak));

/*
 * A program's own DT_PREINIT_ARRAY runs before glibc has set environ.  The strings are where
 * execve(2) put them: on the stack, behind the number of arguments and the arguments.
 */
static char **environment(void)
{
    if (environ)
        return environ;
    if (!&__libc_stack_end || !__libc_stack_end)
        config_fatal("the environment", "is not known yet", -ENOSYS);
    const long *argument_count = __libc_stack_end;
    return (char **)argument_count + 1 + *argument_count + 1;
}

/* The environment, as far as it may be believed: secure-execution mode, getauxval(3) (503). */
static const char *setting(const char *name)
{
    size_t length = strlen(name);
    if (getauxval(AT_SECURE))
        return NULL;
    for (char **entry = environment(); *entry; entry++) {
        if (strncmp(*entry, name, length) != 0 || (*entry)[length] != '=')
            continue;
        const char *value = *entry + length + 1;
        return *value ? value : NULL;
    }
    return NULL;
}

/* Memory for ever, which does not come from malloc(3). */
static void *allocate(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        config_fatal("policy", "no memory", -ENOMEM);
    return memory;
}

/* The real path of $HOME, which rules with "~/" compare real paths to. */
static const char *real_home(char path[PATH_MAX])
{
    const char *home = setting("HOME");
    int fd = home ? sys_openat(AT_FDCWD, home, O_PATH | O_DIRECTORY | O_CLOEXEC, 0) : -ENOENT;
    if (fd < 0)
        return NULL;
    ssize_t length = proc_real_path(fd, path, PATH_MAX);
    sys_close(fd);
    if (length <= 0)
        return NULL;
    path[length] = '\0';
    return path;
}

static bool group_id(const char *name, size_t length, gid_t *gid)
{
    struct text_file file;
    struct statx status;
    if (text_file_read("/etc/group", &file, &status) < 0)
        return false;
    bool found = group_file_find(file.text, file.length, name, length, gid);
    text_file_release(&file);
    return found;
}

/* What the parser needs, and room for what it makes of a text of that size. */
struct parsing {
    char home[PATH_MAX];
    struct policy_context context;
    struct policy_error error;
};

static void begin_parsing(struct parsing *parsing, bool needs_home)
{
    parsing->context =
        (struct policy_context){needs_home ? real_home(parsing->home) : NULL, group_id};
}

static const struct policy *parse_globs(const char *globs)
{
    size_t length = strlen(globs);
    struct parsing parsing;
    begin_parsing(&parsing, strstr(globs, "~/") != NULL);
    size_t size = policy_memory_size(length, &parsing.context);
    void *memory = allocate(size);
    const struct policy *policy =
        policy_from_globs(globs, length, &parsing.context, memory, &parsing.error);
    if (!policy)
        fatal_at("OWNERONLY_MATCH", parsing.error.line, parsing.error.text);
    mprotect(memory, size, PROT_READ);
    return policy;
}

static bool pieces_name_home(const struct policy_files *files)
{
    for (size_t i = 0; i < files->piece_count; i++)
        if (memmem(files->pieces[i].text, files->pieces[i].length, "~/", 2))
            return true;
    return false;
}

static const struct policy *parse_files(const char *path)
{
    struct policy_files *files = allocate(sizeof *files);
    policy_files_read(files, path);
    struct parsing parsing;
    begin_parsing(&parsing, pieces_name_home(files));
    size_t size = policy_pieces_memory_size(files->pieces, files->piece_count, &parsing.context);
    void *memory = allocate(size);
    const struct policy *policy = policy_parse_pieces(files->pieces, files->piece_count,
                                                      &parsing.context, memory, &parsing.error);
    if (!policy)
        fatal_at(parsing.error.file, parsing.error.line, parsing.error.text);
    mprotect(memory, size, PROT_READ);
    policy_files_release(files);
    mprotect(files, sizeof *files, PROT_READ);
    return policy;
}

static bool exists(const char *path)
{
    struct statx status;
    int result = sys_statx(AT_FDCWD, path, 0, &status);
    return result != -ENOENT && result != -ENOTDIR;
}

static void find_policy(struct config *config)
{
    const char *path = setting("OWNERONLY_POLICY");
    const char *globs = setting("OWNERONLY_MATCH");
    if (path && *path != '/')
        fatal_at("OWNERONLY_POLICY", 0, "is not an absolute path");
    if (path) {
        config->source = CONFIG_SOURCE_VARIABLE;
        config->policy = parse_files(path);
    } else if (globs) {
        config->source = CONFIG_SOURCE_GLOBS;
        config->policy = parse_globs(globs);
    } else if (exists(OWNERONLY_SYSTEM_POLICY)) {
        config->source = CONFIG_SOURCE_SYSTEM;
        config->policy = parse_files(OWNERONLY_SYSTEM_POLICY);
    } else {
        config->source = CONFIG_SOURCE_BUILTIN;
        config->policy = &policy_builtin;
    }
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
    char *const *variables = environment();
    if (getauxval(AT_SECURE))
        return NULL;
    size_t size = environment_copy_size(variables);
    void *memory = allocate(size);
    const struct kept_environment *kept = environment_copy(variables, memory);
    mprotect(memory, size, PROT_READ);
    return kept;
}

const struct config *config_load(void)
{
    int saved = errno;
    struct config *config = allocate(sizeof *config);
    find_policy(config);
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
