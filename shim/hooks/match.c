/*
 * From a path to a rule.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/hooks/match.h"
#include "shim/base/compiler.h"
#include "shim/base/path.h"
#include "shim/base/proc.h"
#include "shim/hooks/next.h"
#include "shim/log/log.h"

#define DIRECTORY_FLAGS (O_PATH | O_DIRECTORY | O_CLOEXEC)

/* What changes paths (a fake root) must see them, so the next function in line opens this one. */
static int open_directory(const struct match *match, int dirfd, const char *path)
{
    char directory[PATH_MAX];
    int result = path_directory(path, match->name, directory);
    if (result < 0) {
        errno = -result;
        return -1;
    }
    if (match->resolve == 0)
        return NEXT(openat)(dirfd, directory, DIRECTORY_FLAGS);
    struct open_how how = {.flags = DIRECTORY_FLAGS, .resolve = match->resolve};
    return (int)NEXT(syscall)((long)SYS_openat2, (long)dirfd, directory, &how, sizeof how);
}

bool match_open_directory(struct match *match, int dirfd, const char *path)
{
    if (match->directory >= 0)
        return true;
    guard_enter();
    match->directory = open_directory(match, dirfd, path);
    match->is_guarded = match->directory >= 0;
    if (!match->is_guarded)
        guard_leave();
    return match->is_guarded;
}

/* A rule with a '/' is about the real path, whatever links led there.  Apart, because the stack is
 * small. */
NOINLINE static enum match_answer ask_about_directory(struct match *match)
{
    char real[PATH_MAX];
    ssize_t length = proc_real_directory(match->directory, real, sizeof real);
    if (length < 0) {
        match_log(match, "refuse", -EACCES, "the real path is not known without /proc");
        errno = EACCES;
        return MATCH_FAILED;
    }
    return policy_match(config_get()->policy, real, (size_t)length, match->name,
                        strlen(match->name), &match->rule) == POLICY_MATCH
               ? MATCH_PROTECTED
               : MATCH_NONE;
}

enum match_answer match_path(struct match *match, int dirfd, const char *path)
{
    match->rule = NULL;
    match->name = path_name(path, strlen(path));
    match->directory = -1;
    match->is_guarded = false;
    size_t length = strlen(match->name);
    /* Too long: the plain call says so. */
    if (path_name_is_directory(match->name) || length > NAME_MAX ||
        (size_t)(match->name - path) + length >= PATH_MAX)
        return MATCH_NONE;
    switch (policy_match(config_get()->policy, NULL, 0, match->name, length, &match->rule)) {
    case POLICY_MATCH:
        return MATCH_PROTECTED;
    case POLICY_NO_MATCH:
        return MATCH_NONE;
    case POLICY_NEEDS_DIRECTORY:
        break;
    }
    return match_open_directory(match, dirfd, path) ? ask_about_directory(match) : MATCH_FAILED;
}

/*
 * What is written may lead elsewhere: /proc/self/cwd, /dev/fd/3.  It counts where nothing else can
 * be known.
 */
bool match_is_system(struct match *match, int dirfd, const char *path)
{
    int saved = errno;
    int system = match_open_directory(match, dirfd, path)
                     ? proc_look_whether_system(match->directory)
                     : -errno;
    errno = saved;
    if (system < 0)
        return path_is_system(path, (size_t)(match->name - path)) && !strstr(path, "..");
    return system;
}

void match_close(struct match *match)
{
    if (match->directory >= 0)
        sys_close(match->directory);
    if (match->is_guarded)
        guard_leave();
}

void match_log(const struct match *match, const char *action, int result, const char *reason)
{
    log_decision(&(struct log_decision){
        .action = action,
        .rule = match->rule,
        .directory = match->directory >= 0 ? match->directory : AT_FDCWD,
        .name = match->name,
        .result = result,
        .reason = reason,
    });
}
