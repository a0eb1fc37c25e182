/*
 * System calls on files and descriptors without libc: the kernel's own interface.
 *
 * The library's own work must not pass through its own hooks, must not be a cancellation point,
 * must leave errno alone, and must work in a signal handler, in a vfork(2) child and before any
 * constructor has run.  A libc wrapper promises none of that; a bare system call promises all.
 *
 * Every function returns what syscalls(2) says, or -errno.  All are async-signal-safe.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SHIM_BASE_SYS_H
#define OWNERONLY_SHIM_BASE_SYS_H

#include "shim/base/sys_call.h"

#include <errno.h>
#include <fcntl.h>
#if __has_include(<linux/close_range.h>)
#include <linux/close_range.h>
#endif
#include <linux/fs.h>
#include <linux/stat.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/statfs.h>
#include <sys/types.h>

/* What older headers lack. */
#ifndef STATX_ATTR_MOUNT_ROOT
#define STATX_ATTR_MOUNT_ROOT 0x00002000
#endif
#ifndef CLOSE_RANGE_UNSHARE
#define CLOSE_RANGE_UNSHARE (1U << 1)
#endif
#ifndef AT_EXECVE_CHECK
#define AT_EXECVE_CHECK 0x10000
#endif
#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif

static inline int sys_openat(int dirfd, const char *path, int flags, mode_t mode)
{
#ifdef __i386__
    flags |= O_LARGEFILE;
#endif
    return (int)sys_call(SYS_openat, dirfd, (long)path, flags, (long)mode, 0);
}

static inline int sys_close(int fd)
{
    return (int)sys_call(SYS_close, fd, 0, 0, 0, 0);
}

static inline ssize_t sys_read(int fd, void *buffer, size_t length)
{
    return sys_call(SYS_read, fd, (long)buffer, (long)length, 0, 0);
}

static inline ssize_t sys_pread(int fd, void *buffer, size_t length, uint64_t offset)
{
#ifdef __LP64__
    return sys_call(SYS_pread64, fd, (long)buffer, (long)length, (long)offset, 0);
#else
    return sys_call(SYS_pread64, fd, (long)buffer, (long)length, (long)offset,
                    (long)(offset >> 32));
#endif
}

static inline ssize_t sys_write(int fd, const void *buffer, size_t length)
{
    return sys_call(SYS_write, fd, (long)buffer, (long)length, 0, 0);
}

/* flags: AT_EMPTY_PATH with path "" for a descriptor itself, AT_SYMLINK_NOFOLLOW. */
static inline int sys_statx(int dirfd, const char *path, int flags, struct statx *status)
{
    return (int)sys_call(SYS_statx, dirfd, (long)path, flags, STATX_BASIC_STATS, (long)status);
}

/*
 * The same without its times.  Since Linux 6.13 a time that was looked at gets a finer one at the
 * next change, and ext4 then takes 50 us longer to sync a file.  But FUSE looks less closely: it
 * tells what it remembers, for a second.
 */
static inline int sys_statx_timeless(int dirfd, const char *path, int flags, struct statx *status)
{
    const unsigned times = STATX_ATIME | STATX_MTIME | STATX_CTIME;
    return (int)sys_call(SYS_statx, dirfd, (long)path, flags, STATX_BASIC_STATS & ~times,
                         (long)status);
}

static inline int sys_fstat(int fd, struct statx *status)
{
    return sys_statx(fd, "", AT_EMPTY_PATH, status);
}

static inline ssize_t sys_readlinkat(int dirfd, const char *path, char *buffer, size_t size)
{
    return sys_call(SYS_readlinkat, dirfd, (long)path, (long)buffer, (long)size, 0);
}

static inline int sys_linkat(int from_dir, const char *from, int to_dir, const char *to, int flags)
{
    return (int)sys_call(SYS_linkat, from_dir, (long)from, to_dir, (long)to, flags);
}

/* flags: RENAME_NOREPLACE, see rename(2). */
static inline int sys_renameat(int dirfd, const char *from, const char *to, unsigned flags)
{
    return (int)sys_call(SYS_renameat2, dirfd, (long)from, dirfd, (long)to, (long)flags);
}

static inline int sys_unlinkat(int dirfd, const char *path)
{
    return (int)sys_call(SYS_unlinkat, dirfd, (long)path, 0, 0, 0);
}

static inline int sys_fchmod(int fd, mode_t mode)
{
    return (int)sys_call(SYS_fchmod, fd, (long)mode, 0, 0, 0);
}

static inline int sys_fchgrp(int fd, gid_t group)
{
#ifdef SYS_fchown32
    return (int)sys_call(SYS_fchown32, fd, -1, (long)group, 0, 0);
#else
    return (int)sys_call(SYS_fchown, fd, -1, (long)group, 0, 0);
#endif
}

static inline int sys_fremovexattr(int fd, const char *name)
{
    return (int)sys_call(SYS_fremovexattr, fd, (long)name, 0, 0, 0);
}

static inline int sys_removexattr(const char *path, const char *name)
{
    return (int)sys_call(SYS_removexattr, (long)path, (long)name, 0, 0, 0);
}

static inline ssize_t sys_getxattr(const char *path, const char *name, void *value, size_t size)
{
    return sys_call(SYS_getxattr, (long)path, (long)name, (long)value, (long)size, 0);
}

static inline int sys_setxattr(const char *path, const char *name, const void *value, size_t size)
{
    return (int)sys_call(SYS_setxattr, (long)path, (long)name, (long)value, (long)size, 0);
}

static inline int sys_fchmodat(int dirfd, const char *path, mode_t mode)
{
    return (int)sys_call(SYS_fchmodat, dirfd, (long)path, (long)mode, 0, 0);
}

/* mode: F_OK, X_OK, ... for the real user, as access(2). */
static inline int sys_faccessat(int dirfd, const char *path, int mode)
{
    return (int)sys_call(SYS_faccessat, dirfd, (long)path, mode, 0, 0);
}

/* The same with flags, AT_EACCESS for the effective user; since Linux 5.8. */
static inline int sys_faccessat2(int dirfd, const char *path, int mode, int flags)
{
    return (int)sys_call(SYS_faccessat2, dirfd, (long)path, mode, flags, 0);
}

/*
 * What the effective user may do with what stands there itself, and nothing is opened for it.
 * -ENOSYS before Linux 5.8, and -EPERM where a sandbox knows no better (seccomp(2)).
 */
static inline int sys_faccess_effective(int dirfd, const char *path, int mode)
{
    return sys_faccessat2(dirfd, path, mode, AT_EACCESS | AT_SYMLINK_NOFOLLOW);
}

static inline int sys_dup3(int fd, int copy, int flags)
{
    return (int)sys_call(SYS_dup3, fd, copy, flags, 0, 0);
}

static inline int sys_fsync(int fd)
{
    return (int)sys_call(SYS_fsync, fd, 0, 0, 0, 0);
}

static inline int sys_syncfs(int fd)
{
    return (int)sys_call(SYS_syncfs, fd, 0, 0, 0, 0);
}

static inline int sys_ftruncate(int fd, uint64_t length)
{
#ifdef __LP64__
    return (int)sys_call(SYS_ftruncate, fd, (long)length, 0, 0, 0);
#else
    return (int)sys_call(SYS_ftruncate64, fd, (long)length, (long)(length >> 32), 0, 0);
#endif
}

/* Only the time of modification: utimensat(2).  Before Linux 5.1, -ENOSYS on a machine of 32 bits.
 */
static inline int sys_set_modified(int fd, int64_t seconds, uint32_t nanoseconds)
{
    const int64_t omit = (1L << 30) - 2; /* UTIME_OMIT, where not every libc's fcntl.h has it */
    const int64_t times[4] = {0, omit, seconds, nanoseconds};
#ifdef __LP64__
    return (int)sys_call(SYS_utimensat, fd, 0, (long)times, 0, 0);
#elif defined(SYS_utimensat_time64)
    return (int)sys_call(SYS_utimensat_time64, fd, 0, (long)times, 0, 0);
#else
    (void)times;
    return -ENOSYS;
#endif
}

/* mode: FALLOC_FL_KEEP_SIZE and so on, of linux/falloc.h. */
static inline int sys_fallocate(int fd, int mode, uint64_t offset, uint64_t length)
{
#ifdef __LP64__
    return (int)sys_call(SYS_fallocate, fd, mode, (long)offset, (long)length, 0);
#else
    /* Six arguments, more than sys_call() makes; who asks can do without the answer. */
    (void)fd, (void)mode, (void)offset, (void)length;
    return -ENOSYS;
#endif
}

/* whence: SEEK_SET, SEEK_DATA, SEEK_HOLE.  Returns the offset. */
static inline int64_t sys_lseek(int fd, int64_t offset, int whence)
{
#ifdef __LP64__
    return sys_call(SYS_lseek, fd, offset, whence, 0, 0);
#else
    int64_t result;
    long failed =
        sys_call(SYS__llseek, fd, (long)(offset >> 32), (long)offset, (long)&result, whence);
    return failed < 0 ? failed : result;
#endif
}

static inline int sys_flock(int fd, int operation)
{
    return (int)sys_call(SYS_flock, fd, operation, 0, 0, 0);
}

static inline int sys_fcntl(int fd, int command, long argument)
{
#ifdef SYS_fcntl64
    return (int)sys_call(SYS_fcntl64, fd, command, argument, 0, 0);
#else
    return (int)sys_call(SYS_fcntl, fd, command, argument, 0, 0);
#endif
}

/* Makes fd share the data of source, where the file system can: FICLONE, ioctl_ficlonerange(2). */
static inline int sys_reflink(int fd, int source)
{
    return (int)sys_call(SYS_ioctl, fd, (long)FICLONE, source, 0, 0);
}

/* From and to the current offsets; 0 at the end of source. */
static inline ssize_t sys_sendfile(int fd, int source, size_t length)
{
    return sys_call(SYS_sendfile, fd, source, 0, (long)length, 0);
}

static inline int sys_memfd_create(const char *name)
{
    return (int)sys_call(SYS_memfd_create, (long)name, 1 /* MFD_CLOEXEC */, 0, 0, 0);
}

/* Of the flags: ST_NOEXEC, statvfs(3). */
#define SYS_MOUNT_NOEXEC 0x0008

static inline int sys_fstatfs(int fd, struct statfs *status)
{
#ifdef SYS_fstatfs64
    struct statfs64 large;
    int result = (int)sys_call(SYS_fstatfs64, fd, sizeof large, (long)&large, 0, 0);
    status->f_type = large.f_type;
    status->f_flags = large.f_flags;
    return result;
#else
    return (int)sys_call(SYS_fstatfs, fd, (long)status, 0, 0, 0);
#endif
}

static inline bool sys_same_file(const struct statx *a, const struct statx *b)
{
    return a->stx_ino == b->stx_ino && a->stx_dev_major == b->stx_dev_major &&
           a->stx_dev_minor == b->stx_dev_minor;
}

#endif
