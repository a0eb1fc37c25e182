/*
 * What procfs tells about a descriptor: proc(5).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SHIM_BASE_PROC_H
#define OWNERONLY_SHIM_BASE_PROC_H

#include "policy/base/text.h"
#include "shim/base/path.h"
#include "shim/base/sys.h"

#define PROC_FD_PATH_SIZE (sizeof "/proc/self/fd/" + 10)

/* The path that stands for fd itself. */
static inline void proc_fd_path(char path[PROC_FD_PATH_SIZE], int fd)
{
    struct text text = text_begin(path, PROC_FD_PATH_SIZE);
    text_put(&text, "/proc/self/fd/");
    text_put_number(&text, (uint64_t)fd);
}

/*
 * Where the file behind fd is, not NUL-terminated.
 * Returns its length, or -errno: -ENAMETOOLONG if it may have been cut, -ENOENT without procfs.
 */
static inline ssize_t proc_real_path(int fd, char *path, size_t size)
{
    char link[PROC_FD_PATH_SIZE];
    proc_fd_path(link, fd);
    ssize_t length = sys_readlinkat(AT_FDCWD, link, path, size);
    return length == (ssize_t)size ? -ENAMETOOLONG : length;
}

/* Is the directory behind fd below /dev, /proc or /sys (104)?  1, 0, or -ENOENT without procfs. */
static inline int proc_look_whether_system(int fd)
{
    char link[PROC_FD_PATH_SIZE];
    proc_fd_path(link, fd);
    char begin[PATH_SYSTEM_SIZE];
    ssize_t length = sys_readlinkat(AT_FDCWD, link, begin, sizeof begin);
    return length < 0 ? (int)length : path_is_system(begin, (size_t)length);
}

static inline bool proc_is_system_directory(int fd)
{
    return proc_look_whether_system(fd) > 0;
}

/* proc_real_path() of a directory, as policy_match() wants it: the root has no bytes. */
static inline ssize_t proc_real_directory(int fd, char *path, size_t size)
{
    ssize_t length = proc_real_path(fd, path, size);
    return length == 1 ? 0 : length;
}

/*
 * Is the calling thread the only one of its process?  The directory of threads has a link for each,
 * besides the two of every directory.  Without procfs nobody can say: false.
 */
static inline bool proc_has_one_thread(void)
{
    struct statx status = {0};
    return sys_statx_timeless(AT_FDCWD, "/proc/self/task", 0, &status) == 0 &&
           status.stx_nlink == 2 + 1;
}

#endif
