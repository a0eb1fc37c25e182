/*
 * Hooks of exec(3): what is pending goes to the next image, or is published before it (303 to 305),
 * and what its environment lost is given back.
 *
 * Where neither is to be done, every form goes straight to its like.  The caller's arrays are never
 * touched: a larger environment is a new array.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/hooks/exec.h"
#include "shim/base/memory.h"
#include "shim/exec/library.h"
#include "shim/hooks/hook.h"
#include "shim/hooks/match.h"
#include "shim/pending/across_exec.h"
#include "shim/pending/guests.h"

#include <alloca.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

static size_t count_of(char *const array[])
{
    size_t count = 0;
    while (array && array[count])
        count++;
    return count;
}

static int call_next(const struct exec *exec, char *const environment[])
{
    if (exec->searches)
        return NEXT(execvpe)(exec->path, exec->arguments, environment);
    if (exec->dirfd == AT_FDCWD && exec->flags == 0)
        return NEXT(execve)(exec->path, exec->arguments, environment);
    return (int)NEXT(syscall)(SYS_execveat, (long)exec->dirfd, (long)exec->path,
                              (long)exec->arguments, (long)environment, (long)exec->flags, 0L);
}

struct extended exec_measure(char *const environment[], size_t (*measure)(size_t *count))
{
    struct extended extended = {0};
    extended.bytes = measure(&extended.count);
    if (extended.count > 0)
        extended.size =
            (count_of(environment) + extended.count + 1) * sizeof(char *) + extended.bytes;
    return extended;
}

void exec_extend(struct extended *extended, char *const environment[], void *memory,
                 size_t (*write)(char *strings[], size_t count, char *memory, size_t size))
{
    size_t count = count_of(environment);
    char **strings = memory;
    if (count > 0)
        memcpy(strings, environment, count * sizeof *strings);
    char *behind = (char *)(strings + count + extended->count + 1);
    count += write(strings + count, extended->count, behind, extended->bytes);
    strings[count] = NULL;
    extended->environment = strings;
}

void *exec_map(const struct extended *extended)
{
    return memory_map(extended->size, MAP_PRIVATE);
}

void exec_unmap(void *memory, const struct extended *extended)
{
    if (memory)
        memory_unmap(memory, extended->size);
}

static void take_back(void)
{
    int saved = errno;
    pending_exec_failed();
    errno = saved;
}

/*
 * An exec that fails leaves everything as it was, so nothing is published before it is known, as
 * far as the kernel tells beforehand, that it will not (305).
 */
static int execute_extended(const struct exec *exec, char *const environment[],
                            char *const extended[], const char *obstacle)
{
    char *const *passed = extended ? extended : environment;
    int fails = exec_check(exec, passed);
    if (fails == -E2BIG && passed != environment) {
        obstacle = "no room for the hand-over among its arguments";
        passed = environment;
        fails = exec_check(exec, passed);
    }
    if (fails == 0) {
        pending_exec_publish(obstacle);
        guests_before_exec(!obstacle);
    }
    int result = call_next(exec, passed);
    take_back();
    return result;
}

/*
 * Nothing is published for an exec that is said to fail, but it is handed over all the same: if it
 * succeeds, since a file appeared meanwhile, nothing is lost.
 */
static int execute_failing(const struct exec *exec, char *const environment[],
                           char *const extended[])
{
    int result = extended ? call_next(exec, extended) : -1;
    /* Without the hand-over there may be room, and another error. */
    if (!extended || errno == E2BIG)
        result = call_next(exec, environment);
    take_back();
    return result;
}

SLOW static int execute_handing_over(const struct exec *exec, char *const environment[], bool fails,
                                     const char *obstacle)
{
    struct extended extended = {0};
    if (!obstacle)
        extended = exec_measure(environment, pending_handover_measure);
    /* The memory of a vfork(2) child is its parent's: a mapping would stay there. */
    bool maps = extended.size > 0 && pending_has_table();
    void *memory = maps ? exec_map(&extended) : NULL;
    if (!maps && extended.size > 0)
        memory = alloca(extended.size);
    if (memory)
        exec_extend(&extended, environment, memory, pending_handover_write);
    else if (extended.size > 0)
        obstacle = "no memory for the hand-over";
    int result = fails ? execute_failing(exec, environment, extended.environment)
                       : execute_extended(exec, environment, extended.environment, obstacle);
    if (maps)
        exec_unmap(memory, &extended);
    return result;
}

bool exec_matters(char *const environment[])
{
    return pending_exec_matters() || exec_restore_size(environment) > 0;
}

int exec_execute(const struct exec *exec)
{
    struct target_file file;
    enum target_answer answer = exec_examine(exec, &file);
    char *const *environment = exec->environment;
    size_t size = exec_restore_size(environment);
    if (size > 0 && !file.gains_privileges)
        environment = environment_restore(config_get()->kept, environment, alloca(size));
    if (!pending_exec_matters())
        return call_next(exec, environment);
    return execute_handing_over(exec, environment, answer == TARGET_FAILS,
                                answer == TARGET_DOES_NOT
                                    ? file.obstacle
                                    : library_obstacle(environment, HANDOVER_VERSION));
}

EXPORT int execve(const char *path, char *const arguments[], char *const environment[])
{
    if (!exec_matters(environment))
        return NEXT(execve)(path, arguments, environment);
    return exec_execute(&(struct exec){AT_FDCWD, path, 0, false, arguments, environment});
}

EXPORT int execv(const char *path, char *const arguments[])
{
    if (!exec_matters(environ))
        return NEXT(execv)(path, arguments);
    return exec_execute(&(struct exec){AT_FDCWD, path, 0, false, arguments, environ});
}

EXPORT int execvp(const char *file, char *const arguments[])
{
    if (!exec_matters(environ))
        return NEXT(execvp)(file, arguments);
    return exec_execute(&(struct exec){AT_FDCWD, file, 0, true, arguments, environ});
}

EXPORT int execvpe(const char *file, char *const arguments[], char *const environment[])
{
    if (!exec_matters(environment))
        return NEXT(execvpe)(file, arguments, environment);
    return exec_execute(&(struct exec){AT_FDCWD, file, 0, true, arguments, environment});
}

/* Other than execve(2), libc's refuses to start a program without arguments or environment. */
EXPORT int fexecve(int fd, char *const arguments[], char *const environment[])
{
    if (fd < 0 || is_null(arguments) || is_null(environment) || !exec_matters(environment))
        return NEXT(fexecve)(fd, arguments, environment);
    return exec_execute(&(struct exec){fd, "", AT_EMPTY_PATH, false, arguments, environment});
}

#ifdef __GLIBC__
EXPORT int execveat(int dirfd, const char *path, char *const arguments[], char *const environment[],
                    int flags)
{
    if (!exec_matters(environment))
        return NEXT(execveat)(dirfd, path, arguments, environment, flags);
    return exec_execute(&(struct exec){dirfd, path, flags, false, arguments, environment});
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
