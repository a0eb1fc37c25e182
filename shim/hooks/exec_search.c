/*
 * Where the way from a command to its program begins: the search in PATH, execvp(3).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "policy/base/text.h"
#include "shim/hooks/exec.h"

#include <paths.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* 0, or -errno: -EACCES for what is no regular file, too. */
static int is_executable_file(const char *path)
{
    struct statx status;
    int result = sys_faccessat(AT_FDCWD, path, X_OK);
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

enum target_answer exec_examine(const struct exec *exec, struct target_file *file)
{
    char found[PATH_MAX];
    const char *path = exec->path;
    file->gains_privileges = false;
    if (exec->searches && !strchr(path, '/')) {
        enum target_answer answer = *path ? search(path, found) : TARGET_FAILS;
        if (answer != TARGET_LOADS)
            return answer;
        path = found;
    }
    return target_examine(exec->dirfd, path, exec->flags, exec->searches, file);
}
