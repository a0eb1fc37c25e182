/*
 * A symbolic link at the protected name: contract 111.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/base/path.h"
#include "shim/writer/internal.h"

/* The next round looks at the link's target, in the target's own directory. */
static int follow(struct writer_file *file)
{
    char target[PATH_MAX];
    ssize_t length = sys_readlinkat(file->directory, file->name, target, sizeof target - 1);
    if (length == -EINVAL || length == -ENOENT)
        return WRITER_RETRY;
    if (length < 0)
        return (int)length;
    target[length] = '\0';

    const char *name = path_name(target, (size_t)length);
    if (path_name_is_directory(name))
        return -EISDIR;
    char path[PATH_MAX];
    int result = path_directory(target, name, path);
    if (result < 0)
        return result;
    int directory = sys_openat(file->directory, path, O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
    if (directory < 0)
        return directory;
    directory_drop(file);
    strcpy(file->name, name);
    file->directory = descriptor_move_high(directory);
    if (file->directory < 0)
        return writer_refuse(file, file->directory, "no descriptor is free for the directory");
    return WRITER_RETRY;
}

int symlink_meet(struct writer_file *file, int flags)
{
    if (flags & O_NOFOLLOW)
        return -ELOOP;
    if (file->rule->symlink == POLICY_SYMLINK_FOLLOW)
        return follow(file);
    if (file->rule->symlink == POLICY_SYMLINK_REFUSE)
        return writer_refuse(file, -ELOOP, "a symbolic link, and the rule refuses links");
    if (!(flags & O_TRUNC))
        return writer_refuse(file, -ELOOP,
                             "a symbolic link's content can be neither followed nor dropped");
    return 0;
}
