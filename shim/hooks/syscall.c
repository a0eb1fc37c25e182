/*
 * The hook of syscall(2): by number what the other hooks do by name.
 *
 * Node closes its files this way, and some libraries open theirs so.  Every other number passes
 * with all six arguments.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/hooks/syscall.h"
#include "shim/base/proc.h"
#include "shim/hooks/chmod.h"
#include "shim/hooks/close.h"
#include "shim/hooks/exec.h"
#include "shim/hooks/hook.h"
#include "shim/hooks/map.h"
#include "shim/hooks/redirect.h"
#include "shim/hooks/rename.h"
#include "shim/pending/guests.h"

#include <stdarg.h>
#include <sys/syscall.h>
#include <unistd.h>

static long pass(const struct call *call)
{
    const long *a = call->argument;
    return NEXT(syscall)(call->number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

static const char *path_of(long argument)
{
    return (const char *)argument;
}

/* Apart, because the stack of an open to write is small. */
SLOW static long pass_to_read(const struct call *call, int dirfd, const char *path, int flags)
{
    struct names_look look = names_look();
    int fd;
    do
        fd = (int)pass(call);
    while (names_again(&look, fd, dirfd, path));
    return names_opened(&look, fd, flags);
}

/* mode: where the call carries it, narrowed for a protected name (103). */
static long open_or_pass(struct call *call, int dirfd, const char *path, int flags, long *mode)
{
    mode_t narrowed = (mode_t)*mode;
    int fd;
    if (redirect_open(dirfd, path, flags, &narrowed, &fd))
        return fd;
    if ((flags & O_CREAT) && narrowed != (mode_t)*mode)
        *mode = (long)narrowed;
    return redirect_writes_or_creates(flags) ? pass(call) : pass_to_read(call, dirfd, path, flags);
}

/* By number nothing is asked that openat2(3) would not ask. */
static long openat2_or_pass(const struct call *call)
{
    const long *a = call->argument;
    return openat2((int)a[0], path_of(a[1]), (const struct open_how *)a[2], (size_t)a[3]);
}

#ifdef SYS_truncate64
/* A 64-bit argument of a 32-bit system: syscall(2). */
static off64_t joined(long low, long high)
{
    return (off64_t)((uint64_t)(unsigned long)high << 32 | (unsigned long)low);
}
#endif

/* The calls that let go of descriptors, or duplicate them: false if none of these is pending. */
static bool is_about_pending(const struct call *call)
{
    return pending_tracks((int)call->argument[0]) || pending_tracks((int)call->argument[1]);
}

static long range_or_pass(const struct call *call)
{
    const long *a = call->argument;
    if (!pending_ever() || !close_range_closes((unsigned)a[0], (unsigned)a[1], (int)a[2]))
        return pass(call);
    guard_enter();
    int released = pending_release_range((unsigned)a[0], (unsigned)a[1]);
    long closed = pass(call);
    guard_leave();
    if (released == 0 || closed < 0)
        return closed;
    errno = -released;
    return -1;
}

static long chmod_or_pass(const struct call *call, int dirfd, const char *path, int flags,
                          long *mode)
{
    bool plain;
    int result = chmod_target(dirfd, path, flags, (mode_t)*mode, &plain);
    if (!plain || result < 0)
        return result;
    *mode = (long)chmod_clamp(dirfd, path, (mode_t)*mode);
    return pass(call);
}

static bool is_link(long number)
{
#ifdef SYS_link
    if (number == SYS_link)
        return true;
#endif
    return number == SYS_linkat;
}

/* names: as the first four arguments of renameat(2). */
static long move_or_pass(const struct call *call, const long names[4], long flags)
{
    bool links = is_link(call->number);
    struct move move = {.from_dir = (int)names[0],
                        .from = path_of(names[1]),
                        .to_dir = (int)names[2],
                        .to = path_of(names[3]),
                        .flags = links ? 0 : (unsigned)flags,
                        .links = links,
                        .link_flags = links ? (int)flags : 0};
    return move_begin(&move) ? move_end(&move, pass(call)) : -1;
}

static long pass_and_note(const struct call *call, int fd, void (*note)(int fd, int error))
{
    long result = pass(call);
    if (result < 0)
        note(fd, errno);
    else if (result > 0)
        guests_note_written(fd);
    return result;
}

static long unmap_or_pass(const struct call *call)
{
    const long *a = call->argument;
    struct map_change change = {.address = (char *)a[0], .length = (size_t)a[1]};
    map_going(&change);
    return map_gone(&change, (int)pass(call));
}

static long remap_or_pass(const struct call *call)
{
    const long *a = call->argument;
    struct map_change change = {(char *)a[0], (size_t)a[1], (size_t)a[2],
                                (int)a[3],    (char *)a[4], .matters = false};
    map_moving(&change);
    return (long)map_moved(&change, (void *)pass(call));
}

static long dispatch(struct call *call)
{
    long *a = call->argument;
    switch (call->number) {
    case SYS_openat:
        return open_or_pass(call, (int)a[0], path_of(a[1]), (int)a[2], &a[3]);
    case SYS_openat2:
        return openat2_or_pass(call);
#ifdef SYS_open
    case SYS_open:
        return open_or_pass(call, AT_FDCWD, path_of(a[0]), (int)a[1], &a[2]);
    case SYS_creat:
        return open_or_pass(call, AT_FDCWD, path_of(a[0]), O_CREAT | O_WRONLY | O_TRUNC, &a[1]);
#endif

    case SYS_close:
        return pending_tracks((int)a[0]) ? close((int)a[0]) : pass(call);
    case SYS_close_range:
        return range_or_pass(call);
    case SYS_dup:
        return pending_tracks((int)a[0]) ? dup((int)a[0]) : pass(call);
#ifdef SYS_dup2
    case SYS_dup2:
        return is_about_pending(call) ? dup2((int)a[0], (int)a[1]) : pass(call);
#endif
    case SYS_dup3:
        return is_about_pending(call) ? dup3((int)a[0], (int)a[1], (int)a[2]) : pass(call);
#ifdef SYS_fcntl64
    case SYS_fcntl64:
#endif
#ifdef SYS_fcntl
    case SYS_fcntl:
        return pending_tracks((int)a[0]) ? fcntl((int)a[0], (int)a[1], a[2]) : pass(call);
#endif

    case SYS_truncate:
        return may_be_protected(path_of(a[0])) ? truncate(path_of(a[0]), a[1]) : pass(call);
#ifdef SYS_truncate64
    case SYS_truncate64:
        return may_be_protected(path_of(a[0])) ? truncate64(path_of(a[0]), joined(a[1], a[2]))
                                               : pass(call);
#endif

#ifdef SYS_rename
    case SYS_rename:
    case SYS_link:
        return move_or_pass(call, (const long[]){AT_FDCWD, a[0], AT_FDCWD, a[1]}, 0);
    case SYS_chmod:
        return chmod_or_pass(call, AT_FDCWD, path_of(a[0]), 0, &a[1]);
#endif
    case SYS_renameat:
        return move_or_pass(call, a, 0);
    case SYS_renameat2:
    case SYS_linkat:
        return move_or_pass(call, a, a[4]);
    case SYS_fchmodat:
        return chmod_or_pass(call, (int)a[0], path_of(a[1]), 0, &a[2]);
    case SYS_fchmodat2:
        return chmod_or_pass(call, (int)a[0], path_of(a[1]), (int)a[3], &a[2]);
    case SYS_fchmod:
        return pending_tracks((int)a[0]) ? fchmod((int)a[0], (mode_t)a[1]) : pass(call);
    case SYS_setxattr:
        return setxattr(path_of(a[0]), path_of(a[1]), path_of(a[2]), (size_t)a[3], (int)a[4]);
    case SYS_lsetxattr:
        return lsetxattr(path_of(a[0]), path_of(a[1]), path_of(a[2]), (size_t)a[3], (int)a[4]);
    case SYS_fsetxattr:
        return fsetxattr((int)a[0], path_of(a[1]), path_of(a[2]), (size_t)a[3], (int)a[4]);

    case SYS_write:
    case SYS_pwrite64:
    case SYS_writev:
    case SYS_pwritev:
    case SYS_pwritev2:
    case SYS_fsync:
    case SYS_fdatasync:
        return pass_and_note(call, (int)a[0], pending_note_write_error);
    case SYS_sendfile:
#ifdef SYS_sendfile64
    case SYS_sendfile64:
#endif
        return pass_and_note(call, (int)a[0], pending_note_copy_error);
    case SYS_copy_file_range:
    case SYS_splice:
        return pass_and_note(call, (int)a[2], pending_note_copy_error);

#ifdef SYS_mmap2
    case SYS_mmap2:
#else
    case SYS_mmap:
#endif
        return (long)map_made((void *)pass(call), (size_t)a[1], (int)a[2], (int)a[3], (int)a[4]);
    case SYS_munmap:
        return unmap_or_pass(call);
    case SYS_mremap:
        return remap_or_pass(call);

    case SYS_waitid:
        /* What the child used, libc's function does not tell. */
        return pending_ever() && a[4] == 0
                   ? waitid((idtype_t)a[0], (id_t)a[1], (siginfo_t *)a[2], (int)a[3])
                   : pass(call);
    case SYS_wait4:
        return pending_ever() ? wait4((pid_t)a[0], (int *)a[1], (int)a[2], (struct rusage *)a[3])
                              : pass(call);

    case SYS_execve:
        return execve(path_of(a[0]), (char *const *)a[1], (char *const *)a[2]);
    case SYS_execveat:
        return exec_matters((char *const *)a[3])
                   ? exec_execute(&(struct exec){(int)a[0], path_of(a[1]), (int)a[4], false,
                                                 (char *const *)a[2], (char *const *)a[3]})
                   : pass(call);
    case SYS_exit:
    case SYS_exit_group:
        if (call->number == SYS_exit_group || (pending_next(0) >= 0 && proc_has_one_thread()))
            pending_finish_at_once();
        return pass(call);
    default: {
        long result;
        return syscall_by_name(call, &result) ? result : pass(call);
    }
    }
}

EXPORT long syscall(long number, ...)
{
    struct call call = {.number = number};
    va_list arguments;
    va_start(arguments, number);
    for (int i = 0; i < 6; i++)
        call.argument[i] = va_arg(arguments, long);
    va_end(arguments);
    return dispatch(&call);
}
