/*
 * What the kernel refuses in sticky directories, on ways that the writer goes by itself (109, 110).
 *
 * An open(2) by the kernel heeds fs.protected_symlinks, protected_regular and protected_fifos
 * (proc_sys_fs(5), fs/namei.c).  The writer looks at what stands there and follows links on its
 * own, so it asks the same questions.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/base/sys_process.h"
#include "shim/writer/internal.h"

#include <linux/capability.h>
#include <string.h>
#include <sys/stat.h>

/* A setting's digit; 1 where it cannot be read: the kernel's own protection is on by default. */
static int setting(const char *path)
{
    char digit = '1';
    int fd = sys_openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
    if (fd >= 0) {
        if (sys_read(fd, &digit, 1) != 1)
            digit = '1';
        sys_close(fd);
    }
    return digit - '0';
}

static bool link_is_refused(const struct statx *directory)
{
    return (directory->stx_mode & S_IWOTH) && setting("/proc/sys/fs/protected_symlinks") > 0;
}

static bool file_is_refused(const struct statx *directory, const char *path)
{
    if (directory->stx_mode & S_IWOTH)
        return setting(path) > 0;
    return (directory->stx_mode & S_IWGRP) && setting(path) > 1;
}

int sticky_refuses(const struct statx *directory, const struct statx *existing, int flags)
{
    if (!(directory->stx_mode & S_ISVTX) || existing->stx_uid == directory->stx_uid ||
        existing->stx_uid == sys_geteuid())
        return 0;
    bool refused = false;
    if (S_ISLNK(existing->stx_mode))
        refused = link_is_refused(directory);
    else if (S_ISREG(existing->stx_mode) && (flags & O_CREAT))
        refused = file_is_refused(directory, "/proc/sys/fs/protected_regular");
    else if (S_ISFIFO(existing->stx_mode) && (flags & O_CREAT))
        refused = file_is_refused(directory, "/proc/sys/fs/protected_fifos");
    else if (flags & O_CREAT) /* a device, which no setting exempts: may_create_in_sticky() */
        refused = directory->stx_mode & S_IWOTH;
    return refused ? -EACCES : 0;
}

static bool has_capability(unsigned capability)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];
    if (sys_call(SYS_capget, (long)&header, (long)sets, 0, 0, 0) < 0)
        return sys_geteuid() == 0;
    return sets[CAP_TO_INDEX(capability)].effective & CAP_TO_MASK(capability);
}

/* In a user name space, who is not mapped looks like this; so does the real one in others. */
#define OVERFLOW_ID 65534

/* Does /proc/self/uid_map say that all ids are mapped, as outside of user name spaces? */
static bool all_ids_are_mapped(void)
{
    char map[64];
    int fd = sys_openat(AT_FDCWD, "/proc/self/uid_map", O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0)
        return true;
    ssize_t length = sys_read(fd, map, sizeof map);
    sys_close(fd);
    static const char whole[] = "4294967295\n";
    size_t end = sizeof whole - 1;
    return length >= (ssize_t)end && memcmp(map + length - (ssize_t)end, whole, end) == 0;
}

bool sticky_keeps(const struct statx *directory, const struct statx *existing)
{
    if (!(directory->stx_mode & S_ISVTX))
        return false;
    uid_t user = sys_geteuid();
    if (user == existing->stx_uid || user == directory->stx_uid)
        return false;
    if (!has_capability(CAP_FOWNER))
        return true;
    /* A capability is good for the ids of its own user name space only. */
    return (existing->stx_uid == OVERFLOW_ID || existing->stx_gid == OVERFLOW_ID) &&
           !all_ids_are_mapped();
}
