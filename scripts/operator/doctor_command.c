/*
 * A command: which program that is in the end, and what its loader makes of the preloads.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "scripts/operator/doctor.h"
#include "scripts/operator/doctor_next.h"
#include "scripts/operator/launchers.h"
#include "scripts/operator/operator.h"
#include "scripts/operator/preloads.h"
#include "scripts/operator/verdict.h"
#include "shim/exec/target.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_executable(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISREG(status.st_mode) && access(path, X_OK) == 0;
}

char *find_in_path(const char *command)
{
    const char *list = getenv("PATH");
    if (strchr(command, '/'))
        return is_executable(command) ? strdup(command) : NULL;
    /* An empty element, also the last one, is the working directory. */
    for (list = list ? list : "/bin:/usr/bin";;) {
        size_t length = strcspn(list, ":");
        char *path = NULL;
        if (asprintf(&path, "%.*s/%s", length > 0 ? (int)length : 1, length > 0 ? list : ".",
                     command) < 0)
            abort();
        if (is_executable(path))
            return path;
        free(path);
        if (list[length] == '\0')
            return NULL;
        list += length + 1;
    }
}

/* The loader warns of what it cannot preload, and names it; what it maps has an address. */
static bool lists_file(const char *answer, const char *file)
{
    size_t length = strlen(file);
    for (const char *at = strstr(answer, file); at; at = strstr(at + length, file))
        if (strncmp(at + length, " (0x", 4) == 0)
            return true;
    return false;
}

static bool lists_library(const char *answer, const char *preload)
{
    bool listed = false;
    char *library = preload_library(preload);
    char **files = library_files(library);
    for (char **file = files; *file; file++) {
        listed |= lists_file(answer, *file);
        free(*file);
    }
    free(files);
    free(library);
    return listed;
}

static void join_errors(void)
{
    dup2(STDOUT_FILENO, STDERR_FILENO);
}

/*
 * Runs the loader itself, which lists what it would map and does not start the program.
 * Returns 1 if it maps the library, 0 if not, or -errno.
 */
static int loader_maps_library(const char *preload, const char *loader, const char *program,
                               char *answer, size_t size)
{
    char *const argv[] = {(char *)loader, (char *)"--list", (char *)program, NULL};
    int status = run_preloaded(preload, argv, join_errors, answer, size);
    return status < 0 ? status : status == 0 && lists_library(answer, preload);
}

static void check_loader(const char *preload, const char *loader, const char *program)
{
    char answer[16384];
    int result = loader_maps_library(preload, loader, program, answer, sizeof answer);
    if (result > 0) {
        say(VERDICT_OK, program, "its loader %s maps the library", loader);
        return;
    }
    if (result < 0) {
        say(VERDICT_FAILED, program, "its loader %s could not be asked, no child process: %s",
            loader, strerror(-result));
        return;
    }
    answer[strcspn(answer, "\n")] = '\0';
    say(VERDICT_FAILED, program,
        "its loader %s does not map the library (%s); use a library built for this system", loader,
        answer);
}

/* Of a program of another class than this one: is it some loader's, and a library there for it? */
static bool other_class_maps_library(const char *preload, const char *program)
{
    static const char *const loaders[] = {
        "/lib64/ld-linux-x86-64.so.2",
        "/lib/ld-linux.so.2",
        "/lib/ld-linux-aarch64.so.1",
    };
    char answer[16384];
    for (size_t i = 0; strstr(preload, PRELOAD_LIB) && i < sizeof loaders / sizeof loaders[0]; i++)
        if (loader_maps_library(preload, loaders[i], program, answer, sizeof answer) > 0) {
            say(VERDICT_OK, program, "its loader %s maps the library", loaders[i]);
            return true;
        }
    return false;
}

static void say_obstacle(const char *command, const char *path, const struct target_file *file)
{
    const char *advice;
    const char *what = file->obstacle ? file->obstacle : "nothing that can be executed";
    if (launch_of(command, &advice) == LAUNCH_ELSEWHERE)
        say(VERDICT_FAILED, path, "%s; %s", what, advice);
    else
        say(VERDICT_FAILED, path,
            "%s; use a dynamic program without privileges, or close the directory (mode 0700)",
            what);
}

/* Whatever stands behind the interpreter in a script's first line; "" if nothing does. */
static void read_argument(const char *script, char line[TARGET_HEADER_SIZE])
{
    FILE *file = fopen(script, "re");
    const char *got = file ? fgets(line, TARGET_HEADER_SIZE, file) : NULL;
    if (file)
        (void)fclose(file);
    char *argument = got ? line + 2 + strspn(line + 2, " \t") : line;
    argument += strcspn(argument, " \t\n");
    argument += strspn(argument, " \t");
    argument[strcspn(argument, "\n")] = '\0';
    memmove(line, argument, got ? strlen(argument) + 1 : 1);
    if (!got)
        line[0] = '\0';
}

/*
 * What "#!/usr/bin/env NAME" runs: most scripts of Python and others begin so, and env(1) is not
 * what they are about.  Returns false if env is told more than a name.
 */
static bool run_by_env(const char *script, char next[PATH_MAX])
{
    char line[TARGET_HEADER_SIZE];
    read_argument(script, line);
    const char *name = line;
    if (strncmp(name, "-S", 2) == 0)
        name += 2 + strspn(name + 2, " \t");
    line[name - line + (ptrdiff_t)strcspn(name, " \t")] = '\0';
    char *path = *name && *name != '-' && !strchr(name, '=') ? find_in_path(name) : NULL;
    bool known = path && strlen(path) < PATH_MAX;
    if (known)
        strcpy(next, path);
    free(path);
    return known;
}

static bool is_env(const char *interpreter)
{
    const char *slash = strrchr(interpreter, '/');
    return slash && strcmp(slash, "/env") == 0;
}

/* From scripts to what runs them; the loader of the last one is asked. */
static void follow(const char *preload, const char *command, const char *path)
{
    struct target_file file;
    char here[PATH_MAX];
    char next[PATH_MAX];
    for (int depth = 0; depth <= TARGET_SCRIPT_DEPTH_MAX; depth++) {
        if (snprintf(here, sizeof here, "%s", path) >= (int)sizeof here)
            break;
        target_examine_file(AT_FDCWD, here, 0, depth == 0, &file);
        if (file.answer != TARGET_LOADS) {
            if (file.gains_privileges || !other_class_maps_library(preload, here))
                say_obstacle(command, here, &file);
            return;
        }
        if (!file.next) {
            check_loader(preload, file.loader, here);
            return;
        }
        (void)snprintf(next, sizeof next, "%s", file.next);
        if (is_env(next) && !run_by_env(here, next)) {
            say(VERDICT_WARNING, here,
                "a script, run by %s in a way that was not looked at; see that LD_PRELOAD survives "
                "it",
                next);
            return;
        }
        say(VERDICT_OK, here, "a script, run by %s", next);
        path = next;
    }
    say(VERDICT_FAILED, command, "scripts that run one another without end");
}

void check_program(const char *preload, char **command)
{
    while (command) {
        char *path = find_in_path(command[0]);
        if (!path) {
            say(VERDICT_FAILED, command[0], "not found, or not executable; name it by its path");
            return;
        }
        follow(preload, command[0], path);
        free(path);
        command = next_command(command);
    }
}
