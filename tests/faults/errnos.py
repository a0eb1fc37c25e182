"""Which errors a system call can answer with: the ERRORS section of its man page in section 2.

A row is a pattern that the call's arguments, as strace(1) prints them, must match, and the errors
that this form of the call can give; all rows that match count.  The likeliest one comes first, for
the sample.  Left out: EBADF and EFAULT, and EINVAL where it says that the caller passed nonsense.
SPDX-License-Identifier: Apache-2.0
"""

import re

ANY = ""
PATH_WALK = "EACCES ENOENT ENOTDIR ELOOP ENOMEM ENAMETOOLONG"

TABLE = {
    "openat": [
        (r"O_PATH", "EMFILE EACCES ENOENT ENOTDIR ELOOP ENOMEM ENFILE ENAMETOOLONG"),
        (r"O_TMPFILE", "ENOSPC EDQUOT EMFILE ENFILE ENOMEM EACCES EPERM EROFS ENOENT EINTR "
                       "EOPNOTSUPP EISDIR EINVAL"),
        (r"O_CREAT", "ENOSPC EDQUOT EROFS EACCES EPERM EISDIR EINTR EMFILE ENOMEM ELOOP"),
        (r"O_EXCL", "EEXIST"),
        (r"O_(WRONLY|RDWR)(?!.*O_(CREAT|TMPFILE))",
         "EACCES EPERM EROFS ETXTBSY EISDIR ELOOP ENXIO ENODEV ENOENT EINTR EMFILE ENFILE ENOMEM "
         "EBUSY EOVERFLOW EAGAIN"),
        (r"O_RDONLY(?!.*O_PATH)", "EMFILE EACCES ENOENT ENOTDIR ELOOP ENOMEM ENFILE EINTR EPERM"),
    ],
    "close": [(ANY, "EIO EINTR ENOSPC EDQUOT")],
    # fstat(3p) adds EIO to fstat(2).
    "statx": [(r'^\S+, "",', "ENOMEM EIO"), (r'^\S+, "[^"]', PATH_WALK + " EIO")],
    "newfstatat": [(r'^\S+, "",', "ENOMEM EIO EOVERFLOW"),
                   (r'^\S+, "[^"]', PATH_WALK + " EIO EOVERFLOW")],
    "fstat": [(ANY, "ENOMEM EIO EOVERFLOW")],
    "fcntl": [(r"F_DUPFD", "EMFILE EINVAL"), (r"F_SETFL", "EPERM"),
              (r"F_SETLEASE", "EAGAIN EACCES EINVAL"), (r"F_SET(LK|FD)", "EAGAIN")],
    "fchmod": [(ANY, "EIO EPERM EROFS ENOMEM")],
    "fchmodat": [(ANY, PATH_WALK + " EIO EPERM EROFS")],
    "chmod": [(ANY, PATH_WALK + " EIO EPERM EROFS")],
    "fchown": [(ANY, "EPERM EIO EROFS ENOMEM EDQUOT")],
    "fchownat": [(ANY, PATH_WALK + " EPERM EIO EROFS EDQUOT")],
    # "In addition, the errors documented in stat(2)"; a file system that changes adds its own.
    "fremovexattr": [(ANY, "ENODATA EOPNOTSUPP EPERM EIO EROFS ENOSPC ENOMEM")],
    "removexattr": [(ANY, PATH_WALK + " ENODATA EOPNOTSUPP EPERM EIO EROFS ENOSPC")],
    "getxattr": [(ANY, PATH_WALK + " ENODATA EOPNOTSUPP ERANGE EPERM")],
    "fgetxattr": [(ANY, "ENODATA EOPNOTSUPP ERANGE ENOMEM")],
    "fsetxattr": [(ANY, "ENOSPC EDQUOT EOPNOTSUPP EPERM ERANGE EIO")],
    "flistxattr": [(ANY, "EOPNOTSUPP ERANGE ENOMEM")],
    "fsync": [(ANY, "EIO ENOSPC EDQUOT EROFS EINVAL EINTR")],
    "fdatasync": [(ANY, "EIO ENOSPC EDQUOT EROFS EINVAL EINTR")],
    "flock": [(ANY, "EAGAIN ENOLCK EINTR EINVAL")],
    "linkat": [(ANY, "ENOSPC EDQUOT EIO EEXIST EMLINK EPERM EROFS EXDEV " + PATH_WALK)],
    "rename": [(ANY, "ENOSPC EDQUOT EBUSY EISDIR EMLINK EPERM EROFS EXDEV " + PATH_WALK)],
    "renameat": [(ANY, "ENOSPC EDQUOT EBUSY EISDIR EMLINK EPERM EROFS EXDEV " + PATH_WALK)],
    "renameat2": [(ANY, "ENOSPC EDQUOT EBUSY EISDIR EMLINK EPERM EROFS EXDEV " + PATH_WALK),
                  (r"RENAME_NOREPLACE", "EEXIST EINVAL ENOSYS")],
    "unlinkat": [(ANY, "EIO EBUSY EPERM EROFS EISDIR " + PATH_WALK)],
    "unlink": [(ANY, "EIO EBUSY EPERM EROFS EISDIR " + PATH_WALK)],
    "read": [(ANY, "EIO EINTR")],
    "pread64": [(ANY, "EIO EINTR")],
    "write": [(ANY, "ENOSPC EIO EDQUOT EFBIG EINTR")],
    "pwrite64": [(ANY, "ENOSPC EIO EDQUOT EFBIG EINTR")],
    "sendfile": [(ANY, "EIO EINVAL ENOMEM EOVERFLOW EAGAIN")],
    "copy_file_range": [(ANY, "ENOSPC EIO EFBIG EINVAL ENOMEM EOPNOTSUPP EOVERFLOW EPERM ETXTBSY "
                              "EXDEV")],
    "ioctl": [(r"FICLONE|BTRFS_IOC", "EOPNOTSUPP EINVAL EISDIR EPERM ETXTBSY EXDEV"),
              (r"TC|TIO", "ENOTTY")],
    "lseek": [(ANY, "ESPIPE EINVAL EOVERFLOW")],
    "ftruncate": [(ANY, "EIO EFBIG EINTR EPERM EROFS ETXTBSY")],
    "mmap": [(ANY, "ENOMEM EAGAIN"), (r", \d+, 0(x\d+)?\)? ", "EACCES ENODEV ENFILE")],
    "munmap": [(ANY, "ENOMEM")],
    "mprotect": [(ANY, "ENOMEM EACCES")],
    "mremap": [(ANY, "ENOMEM EAGAIN")],
    "madvise": [(ANY, "EINVAL ENOMEM EAGAIN")],
    "brk": [(ANY, "ENOMEM")],
    "readlink": [(ANY, PATH_WALK + " EIO EINVAL")],
    "readlinkat": [(ANY, PATH_WALK + " EIO EINVAL")],
    "access": [(ANY, PATH_WALK + " EIO")],
    "faccessat": [(ANY, PATH_WALK + " EIO")],
    "faccessat2": [(ANY, PATH_WALK + " EIO")],
    "getrandom": [(ANY, "EAGAIN EINTR ENOSYS")],
    "dup": [(ANY, "EMFILE")],
    "dup2": [(ANY, "EMFILE EINTR EBUSY")],
    "dup3": [(ANY, "EMFILE EINTR EBUSY")],
    "fallocate": [(ANY, "EOPNOTSUPP ENOSPC EIO EINTR EFBIG EPERM")],
    "fadvise64": [(ANY, "EINVAL ESPIPE")],
    "execve": [(ANY, "ENOENT EACCES ENOMEM E2BIG EIO EMFILE ENFILE ENOEXEC ENOTDIR ELOOP EPERM "
                     "ETXTBSY EINVAL EISDIR EAGAIN")],
    "prlimit64": [(ANY, "EPERM")],
    "sysinfo": [],
    "utimensat": [(ANY, "EPERM EACCES EROFS ENOENT")],
    "pipe2": [(ANY, "EMFILE ENFILE")],
    "getdents64": [(ANY, "ENOENT")],
    "rt_sigtimedwait": [(ANY, "EAGAIN EINTR")],
    "ppoll": [(ANY, "EINTR ENOMEM")],
    "sendto": [(ANY, "EAGAIN ECONNRESET ENOBUFS EPIPE")],
    "unshare": [(ANY, "EPERM ENOMEM")],
    "fstatfs": [(ANY, "EIO ENOMEM")],
    "execveat": [(ANY, "EACCES ENOENT ENOMEM EPERM")],
}

# Their man pages know no error, or none but a caller's nonsense; nobody looks at the answer.
WITHOUT_ERRORS = frozenset(
    "getpid gettid getuid geteuid getgid getegid getppid getpgrp getpgid exit_group arch_prctl "
    "set_tid_address set_robust_list rseq rt_sigaction rt_sigpending rt_sigprocmask rt_sigreturn sigaltstack "
    "uname umask futex sched_yield clock_gettime prctl".split())


def possible(call):
    """The names of the errors that `call` can give; KeyError for a call that is not known here."""
    if call.name in WITHOUT_ERRORS:
        return []
    names = []
    for pattern, errors in TABLE[call.name]:
        if re.search(pattern, call.arguments):
            names += [name for name in errors.split() if name not in names]
    return names
