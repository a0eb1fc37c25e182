/*
 * The directory that a file will be published in: opened once, kept out of the program's way.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/base/compiler.h"
#include "shim/base/high_fd.h"
#include "shim/base/proc.h"
#include "shim/writer/internal.h"

#include <string.h>

static bool is_directory(const struct writer_file *file, int fd, struct statx *status)
{
    return sys_statx_timeless(fd, "", AT_EMPTY_PATH, status) == 0 &&
           writer_id_matches(&file->directory_id, status);
}

bool directory_is_open(const struct writer_file *file)
{
    struct statx status;
    return is_directory(file, file->directory, &status);
}

/* Before it is published, the file is "DIRECTORY/#INODE (deleted)" or has its hidden name.  Apart:
 * its stack. */
NOINLINE static int reopen_beside(int fd)
{
    char path[PATH_MAX];
    ssize_t length = proc_real_path(fd, path, sizeof path);
    char *slash = length > 0 ? memrchr(path, '/', (size_t)length) : NULL;
    if (!slash)
        return -ESTALE;
    slash[slash == path] = '\0';
    return sys_openat(AT_FDCWD, path, O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
}

static int reopen(const struct writer_file *file, int fd, struct statx *status)
{
    int reopened = reopen_beside(fd);
    if (reopened >= 0)
        reopened = high_fd_move(reopened);
    if (reopened >= 0 && !is_directory(file, reopened, status)) {
        sys_close(reopened);
        reopened = -ESTALE;
    }
    return reopened;
}

int directory_of(struct writer_file *file, int fd)
{
    struct statx status;
    if (!is_directory(file, file->directory, &status))
        file->directory = reopen(file, fd, &status);
    if (file->directory < 0)
        return -ESTALE;
    /* No image hands it over, and it may have changed since the open. */
    file->directory_append_only = status.stx_attributes & STATX_ATTR_APPEND;
    return file->directory;
}

int directory_can_be_synced(struct writer_file *file)
{
    if (file->rule->durability != POLICY_DURABILITY_DIRECTORY)
        return 0;
    int opened = directory_open_to_sync(file);
    if (opened >= 0)
        sys_close(opened);
    return opened >= 0 || opened == -EMFILE ? 0 : opened;
}

int directory_open_to_sync(struct writer_file *file)
{
    int fd = sys_openat(file->directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    if (fd == -EMFILE || fd == -ENFILE)
        return -EMFILE;
    return fd < 0 ? writer_refuse(file, fd, "the directory cannot be opened to be synced") : fd;
}

int directory_sync_opened(int opened, int fd)
{
    return opened >= 0 ? writer_sync(opened) : sys_syncfs(fd);
}

int directory_sync(struct writer_file *file, int fd)
{
    if (file->rule->durability != POLICY_DURABILITY_DIRECTORY)
        return 0;
    int opened = directory_open_to_sync(file);
    if (opened < 0 && opened != -EMFILE)
        return opened;
    int result = directory_sync_opened(opened, fd);
    if (opened >= 0)
        sys_close(opened);
    return result < 0 ? writer_refuse(file, result, "the directory cannot be synced") : 0;
}

void directory_drop(struct writer_file *file)
{
    if (directory_is_open(file))
        sys_close(file->directory);
    file->directory = -1;
}
