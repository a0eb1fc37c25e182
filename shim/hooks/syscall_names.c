/*
 * By number what the hooks of stat(2), access(2), chown(2), unlink(2) and their kin do by name
 * (208).
 *
 * The functions of these names take what the system calls take; where a structure differs between
 * the two, which is so for the old calls of 32-bit systems, the call is left alone.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/hooks/names.h"
#include "shim/hooks/next.h"
#include "shim/hooks/syscall.h"

#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#ifndef SYS_faccessat2
#define SYS_faccessat2 439
#endif

static const char *path_of(long argument)
{
    return (const char *)argument;
}

static void *pointer_of(long argument)
{
    return (void *)argument;
}

static bool looks(const struct call *call, long *result)
{
    const long *a = call->argument;
    switch (call->number) {
    case SYS_statx:
        *result = statx((int)a[0], path_of(a[1]), (int)a[2], (unsigned)a[3], pointer_of(a[4]));
        return true;
#if defined(SYS_newfstatat) && __WORDSIZE == 64
    case SYS_newfstatat:
        *result = fstatat((int)a[0], path_of(a[1]), pointer_of(a[2]), (int)a[3]);
        return true;
    case SYS_fstat:
        *result = fstat((int)a[0], pointer_of(a[1]));
        return true;
#ifdef SYS_stat
    case SYS_stat:
        *result = stat(path_of(a[0]), pointer_of(a[1]));
        return true;
    case SYS_lstat:
        *result = lstat(path_of(a[0]), pointer_of(a[1]));
        return true;
#endif
#elif defined(SYS_fstatat64)
    case SYS_fstatat64:
        *result = fstatat64((int)a[0], path_of(a[1]), pointer_of(a[2]), (int)a[3]);
        return true;
    case SYS_fstat64:
        *result = fstat64((int)a[0], pointer_of(a[1]));
        return true;
    case SYS_stat64:
        *result = stat64(path_of(a[0]), pointer_of(a[1]));
        return true;
    case SYS_lstat64:
        *result = lstat64(path_of(a[0]), pointer_of(a[1]));
        return true;
#endif
#ifdef SYS_access
    case SYS_access:
        *result = access(path_of(a[0]), (int)a[1]);
        return true;
    case SYS_readlink:
        *result = readlink(path_of(a[0]), pointer_of(a[1]), (size_t)a[2]);
        return true;
#endif
    case SYS_faccessat:
        *result = faccessat((int)a[0], path_of(a[1]), (int)a[2], 0);
        return true;
    case SYS_faccessat2:
        *result = faccessat((int)a[0], path_of(a[1]), (int)a[2], (int)a[3]);
        return true;
    case SYS_readlinkat:
        *result = readlinkat((int)a[0], path_of(a[1]), pointer_of(a[2]), (size_t)a[3]);
        return true;
    case SYS_getxattr:
        *result = getxattr(path_of(a[0]), path_of(a[1]), pointer_of(a[2]), (size_t)a[3]);
        return true;
    case SYS_lgetxattr:
        *result = lgetxattr(path_of(a[0]), path_of(a[1]), pointer_of(a[2]), (size_t)a[3]);
        return true;
    case SYS_listxattr:
        *result = listxattr(path_of(a[0]), pointer_of(a[1]), (size_t)a[2]);
        return true;
    case SYS_llistxattr:
        *result = llistxattr(path_of(a[0]), pointer_of(a[1]), (size_t)a[2]);
        return true;
    default:
        return false;
    }
}

static bool changes(const struct call *call, long *result)
{
    const long *a = call->argument;
    switch (call->number) {
#ifdef SYS_mkdir
    case SYS_symlink:
        *result = symlink(path_of(a[0]), path_of(a[1]));
        return true;
    case SYS_mkdir:
        *result = mkdir(path_of(a[0]), (mode_t)a[1]);
        return true;
#endif
    case SYS_symlinkat:
        *result = symlinkat(path_of(a[0]), (int)a[1], path_of(a[2]));
        return true;
    case SYS_mkdirat:
        *result = mkdirat((int)a[0], path_of(a[1]), (mode_t)a[2]);
        return true;
#if defined(SYS_chown) && __WORDSIZE == 64
    case SYS_chown:
        *result = chown(path_of(a[0]), (uid_t)a[1], (gid_t)a[2]);
        return true;
    case SYS_lchown:
        *result = lchown(path_of(a[0]), (uid_t)a[1], (gid_t)a[2]);
        return true;
#elif defined(SYS_chown32)
    case SYS_chown32:
        *result = chown(path_of(a[0]), (uid_t)a[1], (gid_t)a[2]);
        return true;
    case SYS_lchown32:
        *result = lchown(path_of(a[0]), (uid_t)a[1], (gid_t)a[2]);
        return true;
#endif
    case SYS_fchownat:
        *result = fchownat((int)a[0], path_of(a[1]), (uid_t)a[2], (gid_t)a[3], (int)a[4]);
        return true;
#if __WORDSIZE == 64
#ifdef SYS_utime
    case SYS_utime:
        *result = utime(path_of(a[0]), pointer_of(a[1]));
        return true;
    case SYS_utimes:
        *result = utimes(path_of(a[0]), pointer_of(a[1]));
        return true;
#endif
#ifdef SYS_futimesat
    case SYS_futimesat:
        if (is_null(path_of(a[1])))
            return false;
        *result = futimesat((int)a[0], path_of(a[1]), pointer_of(a[2]));
        return true;
#endif
    case SYS_utimensat:
        /* Without a path it is futimens(3), which libc's function would not make of it. */
        if (a[1] == 0)
            return false;
        *result = utimensat((int)a[0], path_of(a[1]), pointer_of(a[2]), (int)a[3]);
        return true;
#endif
    case SYS_removexattr:
        *result = removexattr(path_of(a[0]), path_of(a[1]));
        return true;
    case SYS_lremovexattr:
        *result = lremovexattr(path_of(a[0]), path_of(a[1]));
        return true;
#ifdef SYS_unlink
    case SYS_unlink:
        *result = unlink(path_of(a[0]));
        return true;
#endif
    case SYS_unlinkat:
        *result = unlinkat((int)a[0], path_of(a[1]), (int)a[2]);
        return true;
    default:
        return false;
    }
}

bool syscall_by_name(const struct call *call, long *result)
{
    return pending_ever() && (looks(call, result) || changes(call, result));
}
