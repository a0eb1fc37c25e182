/*
 * What the operator's commands share with one another, and with the library.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "scripts/operator/operator.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

void complain(const char *command, const char *what, int error)
{
    fprintf(stderr, "owneronly %s: ", command);
    print_safely(stderr, what, strlen(what));
    fputs(": ", stderr);
    print_error(stderr, error);
    fputc('\n', stderr);
}

/* The library ends a process with a bad configuration, so a child has to try. */
int configuration_try(void)
{
    int status;
    fflush(NULL);
    pid_t child = fork();
    if (child < 0)
        return -errno;
    if (child == 0) {
        (void)config_get();
        _exit(EXIT_GOOD);
    }
    return waitpid(child, &status, 0) == child && status == 0 ? 0 : -EINVAL;
}

enum exit_status configuration_status(const char *command)
{
    int result = configuration_try();
    if (result == 0 || result == -EINVAL)
        return result == 0 ? EXIT_GOOD : EXIT_FOUND;
    complain(command, "no child process to read the policy", -result);
    return EXIT_TROUBLE;
}

void set_variable(const char *name, const char *value)
{
    if (setenv(name, value, 1) < 0)
        abort();
}

char *absolute_path(const char *path)
{
    char *absolute = NULL;
    char *here = path[0] == '/' ? NULL : getcwd(NULL, 0);
    if (asprintf(&absolute, "%s%s%s", here ? here : "", here ? "/" : "", path) < 0)
        abort();
    free(here);
    return absolute;
}
