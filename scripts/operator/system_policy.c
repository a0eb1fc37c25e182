/*
 * Looks for what shim/config/policy_source.c and drop_ins.c would read.  That ends a process on a
 * mistake, and looks below this process's own root.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "scripts/operator/system_policy.h"
#include "shim/config/config.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define SUFFIX ".conf"

static bool is_drop_in(const char *name)
{
    size_t length = strlen(name);
    return name[0] != '.' && length > sizeof SUFFIX - 1 &&
           strcmp(name + length - (sizeof SUFFIX - 1), SUFFIX) == 0;
}

/* What cannot be read is refused, and so it is none that is built in. */
static bool has_drop_in(const char *path)
{
    DIR *directory = opendir(path);
    if (!directory)
        return errno != ENOENT;
    const struct dirent *entry;
    bool found = false;
    while (!found && (entry = readdir(directory)) != NULL)
        found = is_drop_in(entry->d_name);
    closedir(directory);
    return found;
}

bool has_system_policy(pid_t pid)
{
    char path[PATH_MAX];
    struct stat status;
    (void)snprintf(path, sizeof path, "/proc/%d/root" OWNERONLY_SYSTEM_POLICY, (int)pid);
    /* A link that leads nowhere is there. */
    if (lstat(path, &status) == 0 || (errno != ENOENT && errno != ENOTDIR))
        return true;
    (void)snprintf(path, sizeof path, "/proc/%d/root" OWNERONLY_SYSTEM_POLICY ".d", (int)pid);
    return has_drop_in(path);
}
