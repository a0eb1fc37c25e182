/*
 * Can lines be written where they are to go?  Asked before a command is started, and by check.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "scripts/operator/operator.h"
#include "shim/config/log_file.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool line_file_is_usable(const char *variable, const char *path, struct text *problem)
{
    if (!log_file_is_usable(path, problem))
        return false;
    if (strcmp(variable, "OWNERONLY_REPORT") != 0 || access(path, F_OK) == 0)
        return true;
    text_put(problem, "is not there, and the library makes none");
    return false;
}

static bool is_good(const char *variable)
{
    char buffer[PATH_MAX + 256];
    struct text problem = text_begin(buffer, sizeof buffer);
    const char *path = getenv(variable);
    if (!path || *path != '/' || line_file_is_usable(variable, path, &problem))
        return true;
    fprintf(stderr, "owneronly: %s: ", variable);
    print_safely(stderr, path, strlen(path));
    fprintf(stderr, ": %s\n", problem.bytes);
    return false;
}

bool lines_can_be_written(void)
{
    bool log = is_good("OWNERONLY_LOG");
    return is_good("OWNERONLY_REPORT") && log;
}
