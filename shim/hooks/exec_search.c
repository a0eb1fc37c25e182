/*
 * Where the way from a command to its program begins: the search in PATH, execvp(3).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "policy/base/text.h"
#include "shim/base/sys_process.h"
#include "shim/hooks/exec.h"
#include "shim/hooks/next.h"

#include <paths.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* 0, or -errno: -EACCES for what is no regular file, too. */
static int is_executable_file(const char *path)
{
    struct statx status;
    int result = target_check(AT_FDCWD, path, 0);
    if (result == 0)
        result = sys_statx(AT_FDCWD, path, 0, &status);
    return result == 0 && !S_ISREG(status.stx_mode) ? -EACCES : result;
}

/* What execvp(3) would find: TARGET_LOADS if it is path, TARGET_DOES_NOT if that is not certain. */
static enum target_answer search(const char *name, char path[PATH_MAX])
{
    const char *list = getenv("PATH");
    struct slice rest = slice_of(list ? list : _PATH_DEFPATH);
    bool last;
    do {
        last = !memchr(rest.bytes, ':', rest.length);
        struct slice directory = slice_take_until(&rest, ':');
        struct text text = text_begin(path, PATH_MAX);
        text_put_slice(&text, directory);
        text_put(&text, directory.length > 0 ? "/" : "");
        text_put(&text, name);
        int result = is_executable_file(path);
        if (result == 0)
            return TARGET_LOADS;
        if (result == -ENOMEM || result == -EIO)
            return TARGET_DOES_NOT;
    } while (!last);
    return TARGET_FAILS;
}

/* What it is about: its path, or what a search finds.  As search(). */
static enum target_answer find(const struct exec *exec, const char **path, char found[PATH_MAX])
{
    *path = exec->path;
    if (!exec->searches || strchr(exec->path, '/'))
        return TARGET_LOADS;
    *path = found;
    return *exec->path ? search(exec->path, found) : TARGET_FAILS;
}

SLOW enum target_answer exec_examine(const struct exec *exec, struct target_file *file)
{
    char found[PATH_MAX];
    const char *path;
    *file = (struct target_file){.obstacle = "where it is found is not certain"};
    enum target_answer answer = find(exec, &path, found);
    return answer == TARGET_LOADS
               ? target_examine(exec->dirfd, path, exec->flags, exec->searches, file)
               : answer;
}

SLOW int exec_check(const struct exec *exec, char *const environment[])
{
    char found[PATH_MAX];
    const char *path;
    if (find(exec, &path, found) != TARGET_LOADS)
        return 0;
    int result = sys_exec_check(exec->dirfd, path, exec->arguments, environment, exec->flags);
    return target_check_is_certain(result) ? result : 0;
}
