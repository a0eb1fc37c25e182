/*
 * Where the policy comes from: OWNERONLY_POLICY, OWNERONLY_MATCH, the system file, the built-in
 * rule (501).  Whatever is wrong with it ends the process: running unprotected is not an option
 * (502).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "config.h"
#include "error_name.h"
#include "group_file.h"
#include "proc.h"
#include "text_file.h"

#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define EXIT_REFUSED 125

_Atomic(const struct config *) config_loaded;

/* "owneronly: WHERE: WHAT", and the end. */
__attribute__((noreturn)) static void refuse(const char *where, unsigned line, const char *what)
{
    char buffer[PATH_MAX + 512];
    struct text text = text_begin(buffer, sizeof buffer - 1);
    text_put(&text, "owneronly: ");
    text_put(&text, where);
    if (line > 0) {
        text_put(&text, ":");
        text_put_number(&text, line);
    }
    text_put(&text, ": ");
    text_put(&text, what);
    buffer[text.length] = '\n';
    (void)sys_write(STDERR_FILENO, buffer, text.length + 1);
    sys_call(SYS_exit_group, EXIT_REFUSED, 0, 0, 0, 0);
    __builtin_unreachable();
}

__attribute__((noreturn)) void config_refuse(const char *where, const char *what, int error)
{
    char buffer[256];
    struct text text = text_begin(buffer, sizeof buffer);
    text_put(&text, what);
    text_put(&text, ": ");
    error_name_add(&text, -error);
    refuse(where, 0, buffer);
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
        config_refuse("the environment", "is not known yet", -ENOSYS);
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
        config_refuse("policy", "no memory", -ENOMEM);
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

typedef const struct policy *reader(const char *, size_t, const struct policy_context *, void *,
                                    struct policy_error *);

static const struct policy *parse(const char *where, reader *read, const char *text, size_t length)
{
    char home[PATH_MAX];
    bool needs_home = memmem(text, length, "~/", 2) != NULL;
    struct policy_context context = {needs_home ? real_home(home) : NULL, group_id};
    struct policy_error error;
    size_t size = policy_memory_size(length, &context);
    void *memory = allocate(size);
    const struct policy *policy = read(text, length, &context, memory, &error);
    if (!policy)
        refuse(where, error.line, error.text);
    mprotect(memory, size, PROT_READ);
    return policy;
}

/* Whoever can write the policy decides what is protected. */
static const char *distrust(const struct statx *status)
{
    if (status->stx_uid != 0 && status->stx_uid != sys_geteuid())
        return "is owned by another user; it must be root's or one's own";
    if (status->stx_mode & (S_IWGRP | S_IWOTH))
        return "is writable by group or others; chmod go-w it";
    return NULL;
}

static const struct policy *read_policy(const char *path)
{
    struct text_file file;
    struct statx status;
    int result = text_file_read(path, &file, &status);
    if (result == -EINVAL)
        refuse(path, 0, "is not a regular file");
    if (result < 0)
        config_refuse(path, "cannot be read", result);
    const char *reason = distrust(&status);
    if (reason)
        refuse(path, 0, reason);
    const struct policy *policy = parse(path, policy_parse, file.text, file.length);
    text_file_release(&file);
    return policy;
}

static bool exists(const char *path)
{
    struct statx status;
    int result = sys_statx(AT_FDCWD, path, 0, &status);
    return result != -ENOENT && result != -ENOTDIR;
}

static const struct policy *find_policy(void)
{
    const char *path = setting("OWNERONLY_POLICY");
    if (path && *path != '/')
        refuse("OWNERONLY_POLICY", 0, "is not an absolute path");
    if (path)
        return read_policy(path);
    const char *globs = setting("OWNERONLY_MATCH");
    if (globs)
        return parse("OWNERONLY_MATCH", policy_from_globs, globs, strlen(globs));
    return exists(OWNERONLY_SYSTEM_POLICY) ? read_policy(OWNERONLY_SYSTEM_POLICY) : &policy_builtin;
}

static bool find_mode(void)
{
    const char *mode = setting("OWNERONLY_MODE");
    if (mode && strcmp(mode, "observe") != 0 && strcmp(mode, "enforce") != 0)
        refuse("OWNERONLY_MODE", 0, "must be 'enforce' or 'observe'");
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
        refuse("OWNERONLY_LOG", 0, "must be 'stderr', 'syslog' or an absolute path");
    }
}

const struct config *config_load(void)
{
    int saved = errno;
    struct config *config = allocate(sizeof *config);
    config->policy = find_policy();
    config->observe = find_mode();
    find_log(config);
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
