/*
 * A command, and what the loader makes of it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "scripts/operator/doctor.h"
#include "shim/exec/target.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Programs that start others somewhere else, or with another environment. */
static const struct launcher {
    char name[16];
    const char *advice;
} launchers[] = {
    {"sudo", "run 'sudo env LD_PRELOAD=... COMMAND'"},
    {"ssh", "run 'ssh HOST env LD_PRELOAD=... COMMAND'"},
    {"srun", "use 'owneronly srun --export=ALL ...', or a task prolog"},
    {"sbatch", "use '--export=ALL,LD_PRELOAD=...', or a task prolog"},
    {"mpirun", "use '-x LD_PRELOAD' (Open MPI), and install the library on every node"},
    {"mpiexec", "use '-x LD_PRELOAD' (Open MPI), and install the library on every node"},
    {"docker", "use '-e LD_PRELOAD=...' and mount the library into the container"},
    {"podman", "use '-e LD_PRELOAD=...' and mount the library into the container"},
    {"kubectl", "set LD_PRELOAD in the pod's env and mount the library"},
    {"apptainer", "use '--env LD_PRELOAD=...' and bind the library into the container"},
    {"singularity", "use '--env LD_PRELOAD=...' and bind the library into the container"},
    {"systemd-run", "use '--setenv=LD_PRELOAD=...'"},
};

static const char *advice_for(const char *command)
{
    const char *slash = strrchr(command, '/');
    const char *name = slash ? slash + 1 : command;
    for (size_t i = 0; i < sizeof launchers / sizeof launchers[0]; i++)
        if (strcmp(launchers[i].name, name) == 0)
            return launchers[i].advice;
    return NULL;
}

static bool is_executable(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISREG(status.st_mode) && access(path, X_OK) == 0;
}

/* As execvp(3); malloc(3)ed, or NULL. */
static char *find_in_path(const char *command)
{
    const char *list = getenv("PATH");
    if (strchr(command, '/'))
        return is_executable(command) ? strdup(command) : NULL;
    for (list = list ? list : "/bin:/usr/bin"; *list;) {
        size_t length = strcspn(list, ":");
        char *path = NULL;
        if (asprintf(&path, "%.*s%s%s", (int)length, list, length > 0 ? "/" : "", command) < 0)
            abort();
        if (is_executable(path))
            return path;
        free(path);
        list += length + (list[length] == ':');
    }
    return NULL;
}

/* Runs the loader itself, which lists what it would map and does not start the program. */
static bool ask_loader(const struct doctor *doctor, const char *loader, const char *program,
                       char *answer, size_t size)
{
    int ends[2];
    char *preload = preload_list(doctor);
    fflush(NULL);
    if (pipe2(ends, O_CLOEXEC) < 0)
        abort();
    pid_t child = fork();
    if (child == 0) {
        set_variable("LD_PRELOAD", preload);
        dup2(ends[1], STDOUT_FILENO);
        dup2(ends[1], STDERR_FILENO);
        execl(loader, loader, "--list", program, (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    size_t length = 0;
    ssize_t got;
    while (length + 1 < size && (got = read(ends[0], answer + length, size - 1 - length)) > 0)
        length += (size_t)got;
    answer[length] = '\0';
    close(ends[0]);
    if (child > 0)
        waitpid(child, NULL, 0);
    free(preload);
    return child > 0 && length > 0;
}

/* The loader warns of what it cannot preload, and names it; what it maps has an address. */
static bool lists_library(const char *answer, const char *library)
{
    size_t length = strlen(library);
    for (const char *at = strstr(answer, library); at; at = strstr(at + length, library))
        if (strncmp(at + length, " (0x", 4) == 0)
            return true;
    return false;
}

static void check_loader(struct doctor *doctor, const char *loader, const char *program)
{
    char answer[16384];
    if (!ask_loader(doctor, loader, program, answer, sizeof answer)) {
        say(doctor, VERDICT_FAILED, loader, "cannot be asked what it would map");
        return;
    }
    if (lists_library(answer, doctor->library)) {
        say(doctor, VERDICT_OK, program, "its loader %s maps the library", loader);
        return;
    }
    answer[strcspn(answer, "\n")] = '\0';
    say(doctor, VERDICT_FAILED, program,
        "its loader %s does not map the library (%s); use a library built for this system", loader,
        answer);
}

static void say_obstacle(struct doctor *doctor, const char *command, const char *path,
                         const struct target_file *file)
{
    const char *advice = advice_for(command);
    const char *what = file->obstacle ? file->obstacle : "nothing that can be executed";
    if (advice)
        say(doctor, VERDICT_FAILED, path, "%s; %s", what, advice);
    else
        say(doctor, VERDICT_FAILED, path,
            "%s; use a dynamic program without privileges, or close the directory (mode 0700)",
            what);
}

/*
 * What "#!/usr/bin/env NAME" runs: most scripts of Python and others begin so, and env(1) is not
 * what they are about.  malloc(3)ed; NULL if it is no such script.
 */
static char *run_by_env(const char *script, const char *interpreter)
{
    const char *slash = strrchr(interpreter, '/');
    FILE *file = slash && strcmp(slash, "/env") == 0 ? fopen(script, "re") : NULL;
    char line[TARGET_HEADER_SIZE] = "";
    if (!file)
        return NULL;
    const char *got = fgets(line, sizeof line, file);
    (void)fclose(file);
    const char *rest = got ? strstr(line, "/env") : NULL;
    if (!rest)
        return NULL;
    rest += strlen("/env");
    rest += strspn(rest, " \t");
    if (strncmp(rest, "-S", 2) == 0)
        rest += 2 + strspn(rest + 2, " \t");
    line[rest - line + (ptrdiff_t)strcspn(rest, " \t\n")] = '\0';
    return *rest && *rest != '-' && !strchr(rest, '=') ? find_in_path(rest) : NULL;
}

/* The file that runs a script, into path. */
static bool interpreter_of(const char *script, const char *next, char path[PATH_MAX])
{
    char *by_env = run_by_env(script, next);
    int length = snprintf(path, PATH_MAX, "%s", by_env ? by_env : next);
    free(by_env);
    return length < PATH_MAX;
}

/* From scripts to what runs them; the loader of the last one is asked. */
static void follow(struct doctor *doctor, const char *command, const char *path)
{
    struct target_file file;
    char here[PATH_MAX];
    char next[PATH_MAX];
    for (int depth = 0; depth <= TARGET_SCRIPT_DEPTH_MAX; depth++) {
        if (snprintf(here, sizeof here, "%s", path) >= (int)sizeof here)
            break;
        target_examine_file(AT_FDCWD, here, 0, depth == 0, &file);
        if (file.answer != TARGET_LOADS) {
            say_obstacle(doctor, command, here, &file);
            return;
        }
        if (!file.next) {
            check_loader(doctor, file.loader, here);
            return;
        }
        if (!interpreter_of(here, file.next, next))
            break;
        say(doctor, VERDICT_OK, here, "a script, run by %s", next);
        path = next;
    }
    say(doctor, VERDICT_FAILED, command, "scripts that run one another without end");
}

void check_program(struct doctor *doctor, char **program)
{
    char *path = find_in_path(program[0]);
    if (!path) {
        say(doctor, VERDICT_FAILED, program[0],
            "not found, or not executable; name it by its path");
        return;
    }
    follow(doctor, program[0], path);
    const char *advice = advice_for(program[0]);
    if (advice)
        say(doctor, VERDICT_WARNING, program[0],
            "starts programs elsewhere, or with another environment; %s", advice);
    free(path);
}
