/*
 * Each directory is opened below the one that lists it, so that nobody can turn the walk aside by
 * renaming directories or planting links.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "scripts/operator/walk.h"
#include "shim/base/sys.h"

#include <dirent.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#define DIRECTORY_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)

/* The directories from the top to where the walk is; each holds a descriptor. */
struct way {
    DIR **streams;
    size_t length;
    size_t capacity;
};

/* What the kernel makes up: nobody's files, and no end of them. */
static bool is_made_up(int fd)
{
    static const unsigned long types[] = {PROC_SUPER_MAGIC, SYSFS_MAGIC,         CGROUP_SUPER_MAGIC,
                                          TRACEFS_MAGIC,    CGROUP2_SUPER_MAGIC, DEBUGFS_MAGIC,
                                          SECURITYFS_MAGIC};
    struct statfs status;
    if (fstatfs(fd, &status) < 0)
        return false;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if ((unsigned long)status.f_type == types[i])
            return true;
    return false;
}

static int push(struct way *way, DIR *stream)
{
    if (way->length == way->capacity) {
        size_t capacity = way->capacity ? 2 * way->capacity : 16;
        DIR **streams = realloc(way->streams, capacity * sizeof(DIR *));
        if (!streams)
            return ENOMEM;
        way->streams = streams;
        way->capacity = capacity;
    }
    way->streams[way->length++] = stream;
    return 0;
}

/* Returns 0, or an error number. */
static int enter(struct way *way, int directory, const char *name)
{
    int fd = sys_openat(directory, name, DIRECTORY_FLAGS, 0);
    if (fd < 0)
        return -fd;
    if (way->length > 0 && is_made_up(fd)) {
        sys_close(fd);
        return 0;
    }
    DIR *stream = fdopendir(fd);
    if (!stream) {
        int error = errno;
        sys_close(fd);
        return error;
    }
    int error = push(way, stream);
    if (error)
        closedir(stream);
    return error;
}

static bool may_be_directory(const struct dirent *entry)
{
    return entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN;
}

static void meet(struct way *way, int directory, const struct dirent *entry,
                 const struct walk_visitor *visitor)
{
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
        return;
    if (may_be_directory(entry)) {
        int error = enter(way, directory, entry->d_name);
        if (error == 0)
            return;
        /* ENOTDIR, ELOOP: it is none, or no longer.  ENOENT: it went away. */
        if (error != ENOTDIR && error != ELOOP && error != ENOENT) {
            visitor->fail(visitor->context, directory, entry->d_name, error);
            return;
        }
    }
    visitor->visit(visitor->context, directory, entry->d_name);
}

void walk(const char *path, const struct walk_visitor *visitor)
{
    struct way way = {NULL, 0, 0};
    int error = enter(&way, AT_FDCWD, path);
    if (error)
        visitor->fail(visitor->context, AT_FDCWD, path, error);
    while (way.length > 0) {
        DIR *stream = way.streams[way.length - 1];
        errno = 0;
        const struct dirent *entry = readdir(stream);
        int error_of_read = errno;
        visitor->tick(visitor->context, entry != NULL);
        if (entry) {
            meet(&way, dirfd(stream), entry, visitor);
            continue;
        }
        if (error_of_read)
            visitor->fail(visitor->context, dirfd(stream), ".", error_of_read);
        closedir(stream);
        way.length--;
    }
    free(way.streams);
}
