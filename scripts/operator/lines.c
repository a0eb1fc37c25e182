/*
 * Can lines be written where they are to go?  Asked before a command is started, and by check.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "scripts/operator/operator.h"
#include "shim/config/log_file.h"

#include <stdlib.h>
#include <string.h>

static bool is_good(const char *variable)
{
    char buffer[PATH_MAX + 256];
    struct text problem = text_begin(buffer, sizeof buffer);
    const char *path = getenv(variable);
    if (!path || *path != '/' || log_file_is_usable(path, &problem))
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
