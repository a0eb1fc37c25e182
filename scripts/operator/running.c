/*
 * Which processes are still running that report to a file?
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "scripts/operator/operator.h"
#include "scripts/operator/report.h"

#include <ctype.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Was the process started with this variable?  Of others' processes it can't be told. */
static bool has_variable(const char *pid, const char *variable)
{
    char path[64];
    char *entry = NULL;
    size_t size = 0;
    bool found = false;
    (void)snprintf(path, sizeof path, "/proc/%.20s/environ", pid);
    FILE *environment = fopen(path, "re");
    if (!environment)
        return false;
    while (!found && getdelim(&entry, &size, '\0', environment) > 0)
        found = strcmp(entry, variable) == 0;
    free(entry);
    fclose(environment);
    return found;
}

unsigned long count_running(const char *report)
{
    char *variable = NULL;
    unsigned long count = 0;
    struct dirent *entry;
    DIR *processes = opendir("/proc");
    if (!processes)
        return 0;
    if (asprintf(&variable, "OWNERONLY_REPORT=%s", report) < 0)
        abort();
    while ((entry = readdir(processes)) != NULL)
        if (isdigit((unsigned char)entry->d_name[0]) && has_variable(entry->d_name, variable))
            count++;
    closedir(processes);
    free(variable);
    return count;
}
