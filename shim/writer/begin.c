/*
 * Beginning a file: what stands under the name, what that means for this open, and the new file.
 *
 * Everything is refused here that could only fail later: a program that opened its file believes
 * that it can write it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/writer/internal.h"

#include <string.h>
#include <sys/stat.h>

/* As many as the kernel follows (path_resolution(7)); races at the name count as well. */
#define ROUNDS_MAX 40

/* Flags that fcntl(2) can set later; copying needs them unset (FICLONE, sendfile(2)). */
#define LATE_FLAGS (O_APPEND | O_DIRECT)
#define SETTABLE_FLAGS (O_APPEND | O_ASYNC | O_DIRECT | O_NOATIME | O_NONBLOCK)

/* The content check reads through the program's own descriptor: there may be no /proc (205). */
static int access_for(const struct policy_rule *rule, int flags)
{
    int access = flags & O_ACCMODE;
    return rule->content != POLICY_CONTENT_ANY || access == O_RDONLY ? O_RDWR : access;
}

static int open_new(struct writer_file *file, int flags)
{
    int kept = flags & ~(O_ACCMODE | O_CREAT | O_EXCL | O_TRUNC | O_NOFOLLOW | LATE_FLAGS);
    kept |= access_for(file->rule, flags);
    int fd = sys_openat(file->directory, ".", kept | O_TMPFILE, WRITER_PRIVATE_MODE);
    if (unnamed_is_unknown(fd))
        fd = temporary_create(file, kept);
    return fd;
}

/* umask and a default ACL can only have taken bits away; the writer's own later steps need them. */
static int settle(struct writer_file *file, int fd)
{
    struct statx status;
    int result = sys_fstat(fd, &status);
    if (result < 0)
        return result;
    file->id = writer_id_of(&status);
    file->created_mode = WRITER_PRIVATE_MODE;
    return (status.stx_mode & 07777) == WRITER_PRIVATE_MODE ? 0
                                                            : sys_fchmod(fd, WRITER_PRIVATE_MODE);
}

/* source: a descriptor of the content to start from, or -1. */
static int create(struct writer_file *file, int flags, int source)
{
    int fd = file->probes ? probe_new(file) : open_new(file, flags);
    if (fd < 0 || file->probes)
        return fd;
    int result = settle(file, fd);
    if (result < 0)
        file->reason = "the new file cannot be made owner-only";
    if (result == 0 && source >= 0)
        result = existing_copy(source, fd);
    if (result == 0 && (flags & LATE_FLAGS))
        result = sys_fcntl(fd, F_SETFL, flags & SETTABLE_FLAGS);
    if (result == 0)
        return fd;
    if (file->temporary[0])
        sys_unlinkat(file->directory, file->temporary);
    sys_close(fd);
    return result;
}

static int replace(struct writer_file *file, const struct statx *directory,
                   const struct statx *existing, int flags, int source)
{
    file->replaces = true;
    int result = existing_may_be_replaced(file, directory, existing);
    if (result < 0)
        return result;
    int fd = create(file, flags, source);
    if (fd < 0 && !file->reason)
        file->reason = "no new file can be made in the directory";
    return fd;
}

static int meet_regular(struct writer_file *file, const struct statx *directory,
                        const struct statx *existing, int flags)
{
    int source = existing_open(file, flags);
    if (source == -ELOOP || source == -ENOENT || source == -ENXIO)
        return WRITER_RETRY;
    if (source < 0)
        return source;
    /* The program is to get the lowest free descriptor (203). */
    if (flags & O_TRUNC) {
        sys_close(source);
        source = -1;
    } else {
        source = descriptor_move_high(source);
        if (source < 0)
            return writer_refuse(file, source, "no descriptor is free for the old content");
    }
    int fd = replace(file, directory, existing, flags, source);
    if (source >= 0)
        sys_close(source);
    bool refused = fd == -EACCES || fd == -EPERM || fd == -EBUSY || fd == -EROFS;
    if (refused && file->rule->in_place == POLICY_IN_PLACE_ALLOW)
        return in_place_open(file, flags);
    return fd;
}

static int meet_device(struct writer_file *file, int flags)
{
    file->outcome = WRITER_DEVICE;
    if (file->probes)
        return 0;
    int fd =
        sys_openat(file->directory, file->name, (flags & ~(O_CREAT | O_TRUNC)) | O_NOFOLLOW, 0);
    if (fd == -ELOOP || fd == -ENOENT)
        return WRITER_RETRY;
    if (fd < 0)
        return fd;
    struct statx status;
    int result = sys_fstat(fd, &status);
    if (result == 0 && !S_ISCHR(status.stx_mode) && !S_ISBLK(status.stx_mode))
        result = WRITER_RETRY;
    if (result < 0) {
        sys_close(fd);
        return result;
    }
    return fd;
}

/* A FIFO or socket is planted like a link, so the rule's answer for links is meant for it as well.
 */
static int meet_pipe_or_socket(struct writer_file *file, int flags)
{
    if (file->rule->symlink == POLICY_SYMLINK_REFUSE)
        return writer_refuse(file, -ENXIO, "not a regular file, and the rule refuses such");
    if (!(flags & O_TRUNC))
        return writer_refuse(file, -ENXIO, "only a regular file's content can be kept");
    return 0;
}

static int begin_round(struct writer_file *file, int flags)
{
    struct statx directory, existing;
    int result = sys_fstat(file->directory, &directory);
    if (result < 0)
        return writer_refuse(file, result, "the directory cannot be examined");
    file->directory_id = writer_id_of(&directory);
    file->outcome = WRITER_PENDING;

    result = sys_statx(file->directory, file->name, AT_SYMLINK_NOFOLLOW, &existing);
    if (result == -ENOENT)
        return flags & O_CREAT ? create(file, flags, -1) : -ENOENT;
    if (result < 0)
        return result;
    if ((flags & O_CREAT) && (flags & O_EXCL))
        return -EEXIST;

    switch (existing.stx_mode & S_IFMT) {
    case S_IFDIR:
        return -EISDIR;
    case S_IFREG:
        return meet_regular(file, &directory, &existing, flags);
    case S_IFCHR:
    case S_IFBLK:
        return meet_device(file, flags);
    case S_IFLNK:
        result = symlink_meet(file, flags);
        if (file->outcome == WRITER_DEVICE)
            return result;
        break;
    default:
        result = meet_pipe_or_socket(file, flags);
    }
    return result < 0 ? result : replace(file, &directory, &existing, flags, -1);
}

int begin_file(struct writer_file *file, int directory, const char *name, int flags,
               const struct policy_rule *rule)
{
    file->rule = rule;
    file->reason = NULL;
    file->exclusive = (flags & O_CREAT) && (flags & O_EXCL);
    file->replaces = false;
    file->published = false;
    file->left_to = WRITER_LEFT_TO_NOBODY;
    file->lacks_unnamed = false;
    file->temporary[0] = '\0';
    strcpy(file->name, name);
    file->directory = descriptor_move_high(directory);
    if (file->directory < 0)
        return writer_refuse(file, file->directory, "no descriptor is free for the directory");

    int fd = WRITER_RETRY;
    for (int round = 0; fd == WRITER_RETRY && round < ROUNDS_MAX; round++)
        fd = begin_round(file, flags);
    if (fd == WRITER_RETRY)
        fd = writer_refuse(file, -ELOOP, "too many links, or what stands there keeps changing");
    return fd;
}

int writer_begin(struct writer_file *file, int directory, const char *name, int flags,
                 const struct policy_rule *rule)
{
    file->probes = false;
    return begin_file(file, directory, name, flags, rule);
}
