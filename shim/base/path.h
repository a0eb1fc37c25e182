/*
 * A path as its directory and its last component.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SHIM_BASE_PATH_H
#define OWNERONLY_SHIM_BASE_PATH_H

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

/* The last component of a path of `length` bytes: all of it when there is no slash. */
static inline const char *path_name(const char *path, size_t length)
{
    const char *slash = memrchr(path, '/', length);
    return slash ? slash + 1 : path;
}

/* A last component that can only stand for a directory: none at all, "." or "..". */
static inline bool path_name_is_directory(const char *name)
{
    return name[0] == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/*
 * Is this, the real path of a directory or its first PATH_SYSTEM_SIZE bytes, /dev, /proc, /sys or
 * below one of them, where the kernel's own files are (104)?
 */
#define PATH_SYSTEM_SIZE (sizeof "/proc/" - 1)
static inline bool path_is_system(const char *real, size_t length)
{
    static const char *const directories[] = {"/dev", "/proc", "/sys"};
    for (size_t i = 0; i < sizeof directories / sizeof *directories; i++) {
        size_t own = strlen(directories[i]);
        if (length >= own && memcmp(real, directories[i], own) == 0 &&
            (length == own || real[own] == '/'))
            return true;
    }
    return false;
}

/*
 * What stands before `name` in `path`, into directory: "." when nothing does.
 * Returns 0, or -ENAMETOOLONG.
 */
static inline int path_directory(const char *path, const char *name, char directory[PATH_MAX])
{
    size_t length = (size_t)(name - path);
    if (length >= PATH_MAX || strlen(name) > NAME_MAX)
        return -ENAMETOOLONG;
    memcpy(directory, length == 0 ? "." : path, length == 0 ? 1 : length);
    directory[length == 0 ? 1 : length] = '\0';
    return 0;
}

#endif
