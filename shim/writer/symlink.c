/*
 * A symbolic link at the protected name: contract 111.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/base/compiler.h"
#include "shim/base/high_fd.h"
#include "shim/base/path.h"
#include "shim/base/proc.h"
#include "shim/base/sys_process.h"
#include "shim/writer/plan.h"

#include <sys/stat.h>

int writer_follow(int directory, char name[NAME_MAX + 1])
{
    char target[PATH_MAX];
    ssize_t length = sys_readlinkat(directory, name, target, sizeof target - 1);
    if (length == -EINVAL || length == -ENOENT)
        return WRITER_RETRY;
    if (length < 0)
        return (int)length;
    target[length] = '\0';

    char *last = (char *)path_name(target, (size_t)length);
    if (path_name_is_directory(last))
        return -EISDIR;
    if (strlen(last) > NAME_MAX)
        return -ENAMETOOLONG;
    strcpy(name, last);
    *last = '\0';
    return sys_openat(directory, last == target ? "." : target, O_PATH | O_DIRECTORY | O_CLOEXEC,
                      0);
}

/* The next round looks at the link's target, in the target's own directory. */
static int follow(struct writer_file *file)
{
    int directory = writer_follow(file->directory, file->name);
    if (directory < 0)
        return directory;
    directory_drop(file);
    file->followed = true;
    file->directory = high_fd_move(directory);
    if (file->directory < 0)
        return writer_refuse(file, file->directory, "no descriptor is free for the directory");
    return WRITER_RETRY;
}

/* In /dev, /proc and /sys everything is as the kernel has it (104), links and files alike. */
static int open_system(int directory, const char *name, int flags)
{
    return sys_openat(directory, name, flags, WRITER_PRIVATE_MODE);
}

/* A device or a pipe, without what could change a file that took its place meanwhile. */
static int open_special(int directory, const char *name, int flags)
{
    int fd = sys_openat(directory, name, (flags & ~(O_CREAT | O_TRUNC)) | O_NOFOLLOW, 0);
    if (fd == -ELOOP || fd == -ENOENT)
        return WRITER_RETRY;
    struct statx status;
    if (fd >= 0 && (sys_fstat(fd, &status) < 0 || S_ISREG(status.stx_mode))) {
        sys_close(fd);
        return WRITER_RETRY;
    }
    return fd;
}

static bool is_trusted_link(const struct statx *status)
{
    return S_ISLNK(status->stx_mode) && (status->stx_uid == 0 || status->stx_uid == sys_geteuid());
}

enum lead { LEADS_TO_FILE, LEADS_TO_DIRECTORY, LEADS_TO_SPECIAL, LEADS_TO_SYSTEM };

/* Apart, because the stack is small: what is read of a link goes on top of the walk's. */
NOINLINE static bool examine(int directory, const char *name, enum lead *lead)
{
    struct statx status;
    *lead = LEADS_TO_FILE;
    if (sys_statx(directory, name, AT_SYMLINK_NOFOLLOW, &status) < 0)
        return false;
    if (S_ISDIR(status.stx_mode))
        *lead = LEADS_TO_DIRECTORY;
    else if (!S_ISLNK(status.stx_mode) && !S_ISREG(status.stx_mode))
        *lead = LEADS_TO_SPECIAL;
    return is_trusted_link(&status);
}

/*
 * Walks from the link to what it leads to, as long as the links are root's or the caller's own:
 * *directory, which is consumed and replaced, and name are where that stands.
 */
static enum lead walk(int *directory, char name[NAME_MAX + 1])
{
    for (int links = 0; links < WRITER_LINKS_MAX; links++) {
        enum lead lead;
        if (!examine(*directory, name, &lead))
            return lead;
        int next = writer_follow(*directory, name);
        if (next == -EISDIR)
            return LEADS_TO_DIRECTORY;
        if (next < 0)
            return LEADS_TO_FILE;
        sys_close(*directory);
        *directory = next;
        if (proc_is_system_directory(next))
            return LEADS_TO_SYSTEM;
    }
    return LEADS_TO_FILE;
}

/*
 * Where the link leads, if that is neither a regular file nor nothing: LEADS_TO_SPECIAL or
 * LEADS_TO_SYSTEM with *directory, out of the program's way, and name; else *directory is -1.
 */
static enum lead lead_of(const struct writer_file *file, int *directory, char name[NAME_MAX + 1])
{
    strcpy(name, file->name);
    *directory = sys_openat(file->directory, ".", O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
    enum lead lead = *directory < 0 ? LEADS_TO_FILE : walk(directory, name);
    bool is_passed = lead == LEADS_TO_SPECIAL || lead == LEADS_TO_SYSTEM;
    /* The program is to get the lowest free descriptor (203). */
    if (is_passed)
        *directory = high_fd_move(*directory);
    if (!is_passed && *directory >= 0) {
        sys_close(*directory);
        *directory = -1;
    }
    return *directory < 0 && is_passed ? LEADS_TO_FILE : lead;
}

int symlink_open_special(struct writer_file *file, int flags)
{
    char name[NAME_MAX + 1];
    int directory;
    enum lead lead = lead_of(file, &directory, name);
    if (lead == LEADS_TO_FILE || lead == LEADS_TO_DIRECTORY)
        return WRITER_RETRY;
    int fd = lead == LEADS_TO_SYSTEM ? open_system(directory, name, flags)
                                     : open_special(directory, name, flags);
    sys_close(directory);
    return fd;
}

/* 0: the rule says what becomes of the link. */
static int meet_special(const struct writer_file *file)
{
    char name[NAME_MAX + 1];
    int directory;
    enum lead lead = lead_of(file, &directory, name);
    if (directory >= 0)
        sys_close(directory);
    if (lead == LEADS_TO_FILE)
        return 0;
    return lead == LEADS_TO_DIRECTORY ? -EISDIR : PLAN_DEVICE;
}

/*
 * Where a plain open fails because of what the link leads to, so does this one: nothing is there
 * (108), or a loop.  Else what stands behind the link is the rule's affair.
 */
NOINLINE static int leads_nowhere(const struct writer_file *file, int flags)
{
    struct statx status;
    bool follows = file->rule->symlink == POLICY_SYMLINK_FOLLOW;
    if ((flags & O_CREAT) && !follows)
        return 0;
    int result = sys_statx(file->directory, file->name, AT_NO_AUTOMOUNT, &status);
    /* What is followed to nothing may be pending there (209). */
    return follows && result != -ELOOP ? 0 : result;
}

/* A link that ends with a slash: without O_CREAT a plain open says what is missing there. */
static int leads_to_directory(const struct writer_file *file, int flags)
{
    struct statx status;
    int result =
        flags & O_CREAT ? 0 : sys_statx(file->directory, file->name, AT_NO_AUTOMOUNT, &status);
    return result < 0 ? result : -EISDIR;
}

int symlink_meet(struct writer_file *file, const struct statx *directory,
                 const struct statx *existing, int flags)
{
    if (flags & O_NOFOLLOW)
        return -ELOOP;
    int result = sticky_refuses(directory, existing, flags);
    if (result == 0)
        result = meet_special(file);
    if (result == -EISDIR)
        result = leads_to_directory(file, flags);
    if (result == 0)
        result = leads_nowhere(file, flags);
    if (result != 0)
        return result;
    if (file->rule->symlink == POLICY_SYMLINK_FOLLOW)
        return follow(file);
    if (file->rule->symlink == POLICY_SYMLINK_REFUSE)
        return writer_refuse(file, -ELOOP, "a symbolic link, and the rule refuses links");
    if (file->rule->in_place == POLICY_IN_PLACE_ALWAYS)
        return writer_refuse(file, -ELOOP, "a symbolic link, and the rule writes in place");
    if (!(flags & O_TRUNC))
        return writer_refuse(file, -ELOOP,
                             "a symbolic link's content can be neither followed nor dropped");
    return 0;
}
