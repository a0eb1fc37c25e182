/*
 * Hooks of exec(3): what is pending goes to the next image, or is published before it (303 to 305).
 *
 * Without a pending file every form goes straight to its like.  The caller's arrays are never
 * touched: a larger environment is a new array.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "pending/exec.h"
#include "image.h"
#include "next.h"

#include <alloca.h>
#include <paths.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static size_t count_of(char *const array[])
{
    size_t count = 0;
    while (array && array[count])
        count++;
    return count;
}

static void extend(char *new_array[], char *const environment[], size_t count, char *variable)
{
    if (count > 0)
        memcpy(new_array, environment, count * sizeof *new_array);
    new_array[count] = variable;
    new_array[count + 1] = NULL;
}

/* What is to be executed, and by which call: everything that differs between the forms. */
struct exec {
    int dirfd;
    const char *path;
    int flags;
    bool searches; /* PATH and /bin/sh, as execvp(3) */
    char *const *arguments;
    char *const *environment;
};

static int call_next(const struct exec *exec, char *const environment[])
{
    if (exec->searches)
        return NEXT(execvpe)(exec->path, exec->arguments, environment);
    if (exec->dirfd == AT_FDCWD && exec->flags == 0)
        return NEXT(execve)(exec->path, exec->arguments, environment);
    return (int)NEXT(syscall)(SYS_execveat, (long)exec->dirfd, (long)exec->path,
                              (long)exec->arguments, (long)environment, (long)exec->flags, 0L);
}

/* 0, or -errno: -EACCES for what is no regular file, too. */
static int is_executable_file(const char *path)
{
    struct statx status;
    int result = sys_faccessat(AT_FDCWD, path, X_OK);
    if (result == 0)
        result = sys_statx(AT_FDCWD, path, 0, &status);
    return result == 0 && !S_ISREG(status.stx_mode) ? -EACCES : result;
}

/* What execvp(3) would find: IMAGE_LOADS if it is path, IMAGE_DOES_NOT if that is not certain. */
static enum image_answer search(const char *name, char path[PATH_MAX])
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
            return IMAGE_LOADS;
        if (result == -ENOMEM || result == -EIO)
            return IMAGE_DOES_NOT;
    } while (!last);
    return IMAGE_FAILS;
}

static enum image_answer examine(const struct exec *exec)
{
    char found[PATH_MAX];
    const char *path = exec->path;
    if (exec->searches && !strchr(path, '/')) {
        enum image_answer answer = *path ? search(path, found) : IMAGE_FAILS;
        if (answer != IMAGE_LOADS)
            return answer;
        path = found;
    }
    return image_examine(exec->dirfd, path, exec->flags, exec->environment, exec->searches);
}

static int execute_pending(const struct exec *exec)
{
    enum image_answer answer = examine(exec);
    if (answer == IMAGE_FAILS)
        return call_next(exec, exec->environment);
    char variable[sizeof HANDOVER_VARIABLE + PENDING_HANDOVER_SIZE] = HANDOVER_VARIABLE "=";
    char *handover = variable + sizeof HANDOVER_VARIABLE;
    pending_exec(answer == IMAGE_LOADS, handover);
    if (*handover == '\0')
        return call_next(exec, exec->environment);
    size_t count = count_of(exec->environment);
    char **environment = alloca((count + 2) * sizeof *environment);
    extend(environment, exec->environment, count, variable);
    return call_next(exec, environment);
}

EXPORT int execve(const char *path, char *const arguments[], char *const environment[])
{
    if (!pending_exec_matters())
        return NEXT(execve)(path, arguments, environment);
    return execute_pending(&(struct exec){AT_FDCWD, path, 0, false, arguments, environment});
}

EXPORT int execv(const char *path, char *const arguments[])
{
    if (!pending_exec_matters())
        return NEXT(execv)(path, arguments);
    return execute_pending(&(struct exec){AT_FDCWD, path, 0, false, arguments, environ});
}

EXPORT int execvp(const char *file, char *const arguments[])
{
    if (!pending_exec_matters())
        return NEXT(execvp)(file, arguments);
    return execute_pending(&(struct exec){AT_FDCWD, file, 0, true, arguments, environ});
}

EXPORT int execvpe(const char *file, char *const arguments[], char *const environment[])
{
    if (!pending_exec_matters())
        return NEXT(execvpe)(file, arguments, environment);
    return execute_pending(&(struct exec){AT_FDCWD, file, 0, true, arguments, environment});
}

EXPORT int fexecve(int fd, char *const arguments[], char *const environment[])
{
    if (!pending_exec_matters())
        return NEXT(fexecve)(fd, arguments, environment);
    return execute_pending(&(struct exec){fd, "", AT_EMPTY_PATH, false, arguments, environment});
}

#ifdef __GLIBC__
EXPORT int execveat(int dirfd, const char *path, char *const arguments[], char *const environment[],
                    int flags)
{
    if (!pending_exec_matters())
        return NEXT(execveat)(dirfd, path, arguments, environment, flags);
    return execute_pending(&(struct exec){dirfd, path, flags, false, arguments, environment});
}
#endif

/* The arguments of a variadic form as an array on the caller's stack, ended by NULL. */
#define COLLECT_ARGUMENTS(array, list, first)                                                      \
    size_t array##_count = 1;                                                                      \
    va_start(list, first);                                                                         \
    while (va_arg(list, char *))                                                                   \
        array##_count++;                                                                           \
    va_end(list);                                                                                  \
    char **array = alloca((array##_count + 1) * sizeof *array);                                    \
    array[0] = (char *)(first);                                                                    \
    va_start(list, first);                                                                         \
    for (size_t i = 1; i <= array##_count; i++)                                                    \
    array[i] = va_arg(list, char *)

EXPORT int execl(const char *path, const char *first, ...)
{
    va_list list;
    COLLECT_ARGUMENTS(arguments, list, first);
    va_end(list);
    return execv(path, arguments);
}

EXPORT int execlp(const char *file, const char *first, ...)
{
    va_list list;
    COLLECT_ARGUMENTS(arguments, list, first);
    va_end(list);
    return execvp(file, arguments);
}

/* The environment follows the NULL that ends the arguments. */
EXPORT int execle(const char *path, const char *first, ...)
{
    va_list list;
    COLLECT_ARGUMENTS(arguments, list, first);
    char *const *environment = va_arg(list, char *const *);
    va_end(list);
    return execve(path, arguments, environment);
}
