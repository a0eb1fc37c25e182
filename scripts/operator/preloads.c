/*
 * LD_PRELOAD as the wrapper sets it: ld.so(8).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "scripts/operator/preloads.h"
#include "scripts/operator/operator.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define STATUS_SIGNAL 128

char *preload_library(const char *chain)
{
    struct slice element;
    char *path = NULL;
    while (!path && preload_next(&chain, &element))
        if (preload_is_ours(element))
            path = strndup(element.bytes, element.length);
    if (!path && !(path = strdup("")))
        abort();
    return path;
}

/* What $LIB stands for, on one system or another: ld.so(8). */
static const char *const lib_values[] = {
    "lib", "lib64", "lib32", "lib/x86_64-linux-gnu", "lib/i386-linux-gnu", "lib/aarch64-linux-gnu",
};

static char *with_value(const char *library, const char *at, const char *value)
{
    char *path = NULL;
    if (asprintf(&path, "%.*s%s%s", (int)(at - library), library, value, at + strlen(PRELOAD_LIB)) <
        0)
        abort();
    return path;
}

char **library_files(const char *library)
{
    size_t count = 0;
    char **files = calloc(sizeof lib_values / sizeof lib_values[0] + 1, sizeof *files);
    if (!files)
        abort();
    const char *at = strstr(library, PRELOAD_LIB);
    if (!at && !(files[count++] = strdup(library)))
        abort();
    for (size_t i = 0; at && i < sizeof lib_values / sizeof lib_values[0]; i++) {
        files[count] = with_value(library, at, lib_values[i]);
        if (access(files[count], F_OK) == 0)
            count++;
        else
            free(files[count]);
        files[count] = NULL;
    }
    return files;
}

static int status_of(pid_t child)
{
    int status;
    if (waitpid(child, &status, 0) != child)
        return -errno;
    return WIFSIGNALED(status) ? STATUS_SIGNAL + WTERMSIG(status) : WEXITSTATUS(status);
}

static void read_answer(int fd, char *answer, size_t size)
{
    size_t length = 0;
    ssize_t got;
    while (length + 1 < size && (got = read(fd, answer + length, size - 1 - length)) > 0)
        length += (size_t)got;
    answer[length] = '\0';
}

int run_preloaded(const char *chain, char *const argv[], void (*prepare)(void), char *answer,
                  size_t size)
{
    int ends[2];
    answer[0] = '\0';
    fflush(NULL);
    if (pipe2(ends, O_CLOEXEC) < 0)
        return -errno;
    pid_t child = fork();
    int error = errno;
    if (child == 0) {
        set_variable(PRELOAD_VARIABLE, chain);
        dup2(ends[1], STDOUT_FILENO);
        prepare();
        execv(argv[0], argv);
        _exit(127);
    }
    close(ends[1]);
    if (child > 0)
        read_answer(ends[0], answer, size);
    close(ends[0]);
    return child < 0 ? -error : status_of(child);
}
