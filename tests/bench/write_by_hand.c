/*
 * The shortest sequence that is owner-only, whole and durable.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "write.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

void write_file(const char *path, const void *data, size_t size)
{
    char parent[PATH_MAX], temporary[NAME_MAX], proc[64];
    const char *name = strrchr(path, '/') + 1;
    snprintf(parent, sizeof parent, "%.*s", (int)(name - path), path);
    int directory = open(parent, O_PATH | O_DIRECTORY | O_CLOEXEC);
    must(directory, parent);
    int fd = openat(directory, ".", O_WRONLY | O_TMPFILE | O_CLOEXEC, 0600);
    must(fd, "O_TMPFILE");
    write_all(fd, data, size);
    must(fchmod(fd, 0600), "fchmod");
    must(fsync(fd), "fsync");
    snprintf(proc, sizeof proc, "/proc/self/fd/%d", fd);
    snprintf(temporary, sizeof temporary, ".%d.new", getpid());
    must(linkat(AT_FDCWD, proc, directory, temporary, AT_SYMLINK_FOLLOW), "linkat");
    must(renameat(directory, temporary, directory, name), "renameat");
    must(close(fd), "close");
    must(close(directory), "close");
}
