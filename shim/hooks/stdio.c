/*
 * Hooks of stdio: fopen(3), freopen(3), fdopen(3), fclose(3).
 *
 * libc's own streams open and close their files inside libc, past every hook, so a stream of a
 * pending file is made around a descriptor that is opened here.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/base/guard.h"
#include "shim/hooks/names.h"
#include "shim/hooks/next.h"
#include "shim/hooks/redirect.h"
#include "shim/pending/pending.h"

#define CREATION_MODE 0666

/* As fopen(3) reads it; -1 for what it would refuse. */
static int flags_of(const char *mode)
{
    int flags;
    switch (*mode) {
    case 'r':
        flags = O_RDONLY;
        break;
    case 'w':
        flags = O_WRONLY | O_CREAT | O_TRUNC;
        break;
    case 'a':
        flags = O_WRONLY | O_CREAT | O_APPEND;
        break;
    default:
        return -1;
    }
    for (const char *c = mode + 1; *c && *c != ','; c++) {
        if (*c == '+')
            flags = (flags & ~O_ACCMODE) | O_RDWR;
        else if (*c == 'x')
            flags |= O_EXCL;
        else if (*c == 'e')
            flags |= O_CLOEXEC;
    }
    return flags;
}

/* Lets go of a descriptor that no stream could be made for, and of its file. */
static void abandon(int fd, int error)
{
    pending_mark_failed(fd, error);
    (void)pending_release(fd);
    sys_close(fd);
    errno = error;
}

/* As fopen(3): a stream that only appends begins at the end, and ftell(3) says so. */
static void go_to_end(int fd, int flags)
{
    if ((flags & O_APPEND) && (flags & O_ACCMODE) == O_WRONLY)
        (void)sys_call(SYS_lseek, fd, 0, SEEK_END, 0, 0);
}

/* Makes stream, of /dev/null until now, one of fd; fd is consumed. */
static FILE *attach(FILE *stream, int fd, int flags)
{
    go_to_end(fd, flags);
    int own = fileno(stream);
    if (NEXT(dup3)(fd, own, flags & O_CLOEXEC) < 0) {
        int error = errno;
        (void)NEXT(fclose)(stream);
        abandon(fd, error);
        return NULL;
    }
    pending_alias(fd, own);
    (void)pending_release(fd);
    sys_close(fd);
    pending_add_stream(own, stream);
    return stream;
}

/* The mode of a stream on a file that exists: without 'x', which /dev/null would not stand. */
static void mode_without_x(const char *mode, char *plain, size_t size)
{
    size_t length = 0;
    bool in_flags = true;
    for (; *mode && length + 1 < size; mode++) {
        if (*mode == ',')
            in_flags = false;
        if (!in_flags || *mode != 'x')
            plain[length++] = *mode;
    }
    plain[length] = '\0';
}

/*
 * fdopen(3) ignores ",ccs=", so the stream is made by fopen(3) on a file that has no content, and
 * then given the descriptor: which is moved away first, so that the stream gets the lowest (203).
 */
static FILE *open_converting(int fd, const char *mode, int flags)
{
    char plain[128];
    mode_without_x(mode, plain, sizeof plain);
    int moved = NEXT(fcntl)(fd, F_DUPFD_CLOEXEC, fd + 1);
    if (moved < 0) {
        abandon(fd, errno);
        return NULL;
    }
    pending_alias(fd, moved);
    (void)pending_release(fd);
    sys_close(fd);
    FILE *stream = NEXT(fopen)("/dev/null", plain);
    if (!stream) {
        abandon(moved, errno);
        return NULL;
    }
    return attach(stream, moved, flags);
}

static FILE *make_stream(int fd, const char *mode, int flags)
{
    if (strchr(mode, ','))
        return open_converting(fd, mode, flags);
    go_to_end(fd, flags);
    FILE *stream = NEXT(fdopen)(fd, mode);
    if (stream)
        pending_add_stream(fd, stream);
    else
        abandon(fd, errno);
    return stream;
}

/* False: the plain call is to be made. */
static bool open_protected(const char *path, const char *mode, int flags, FILE **stream)
{
    int fd;
    mode_t created = CREATION_MODE;
    if (!redirect_open(AT_FDCWD, path, flags | O_LARGEFILE, &created, &fd))
        return false;
    *stream = fd < 0 ? NULL : make_stream(fd, mode, flags);
    return true;
}

/* What is pending is read by the path of a descriptor of it (208). */
SLOW static FILE *open_plain(const char *path, const char *mode, int flags, next_fopen_type *next)
{
    int saved = errno;
    struct pending_view view;
    FILE *stream = next(path, mode);
    if (stream || flags < 0 || redirect_may_concern(flags) ||
        !names_missed(-1, AT_FDCWD, path, &view))
        return stream;
    struct names_path own = names_path(view.fd);
    stream = next(own.text, mode);
    (void)names_close(&view, stream ? 0 : -1, saved);
    return stream;
}

/* The same for a stream, which would be closed by an attempt that fails. */
SLOW static FILE *reopen_plain(const char *path, const char *mode, int flags, FILE *stream,
                               next_freopen_type *next)
{
    int saved = errno;
    struct pending_view view;
    if (flags < 0 || redirect_may_concern(flags))
        return next(path, mode, stream);
    enum names_target target = names_target(AT_FDCWD, path, 0, &view);
    struct names_path own = {.text = ""};
    if (target == NAMES_PENDING)
        own = names_path(view.fd);
    stream = next(target == NAMES_PENDING ? own.text : path, mode, stream);
    if (target != NAMES_PLAIN)
        (void)names_close(&view, stream ? 0 : -1, saved);
    return stream;
}

static FILE *open_stream(const char *path, const char *mode, next_fopen_type *next)
{
    int flags = flags_of(mode);
    if (flags < 0 || !redirect_may_concern(flags) || !may_be_protected(path))
        return pending_ever() ? open_plain(path, mode, flags, next) : next(path, mode);
    FILE *stream;
    guard_enter();
    bool answered = open_protected(path, mode, flags, &stream);
    guard_leave();
    return answered ? stream : open_plain(path, mode, flags, next);
}

static bool is_pending_stream(FILE *stream)
{
    if (!pending_ever())
        return false;
    int saved = errno;
    int fd = fileno(stream);
    errno = saved;
    return pending_tracks(fd);
}

/* What stream has written so far is complete; -errno if publishing it failed. */
static int release_stream(FILE *stream)
{
    if (!is_pending_stream(stream))
        return 0;
    int fd = fileno(stream);
    pending_flush(fd, stream);
    return pending_release(fd);
}

static FILE *fail_closed(FILE *stream, int error)
{
    (void)NEXT(fclose)(stream);
    errno = error;
    return NULL;
}

/* POSIX: the stream is closed even if the new file can't be opened. */
static FILE *reopen_redirected(int fd, const char *mode, FILE *stream)
{
    if (fd < 0)
        return fail_closed(stream, errno);
    char plain[128];
    mode_without_x(mode, plain, sizeof plain);
    FILE *reopened = NEXT(freopen)("/dev/null", plain, stream);
    if (!reopened) {
        abandon(fd, errno);
        return NULL;
    }
    return attach(reopened, fd, flags_of(mode));
}

static FILE *reopen_guarded(const char *path, const char *mode, FILE *stream,
                            next_freopen_type *next)
{
    /* First, because the new file may be the old one. */
    int released = release_stream(stream);
    if (released < 0)
        return fail_closed(stream, -released);
    int flags = flags_of(mode);
    int fd;
    mode_t created = CREATION_MODE;
    if (flags >= 0 && redirect_open(AT_FDCWD, path, flags | O_LARGEFILE, &created, &fd))
        return reopen_redirected(fd, mode, stream);
    return reopen_plain(path, mode, flags, stream, next);
}

static FILE *reopen_stream(const char *path, const char *mode, FILE *stream,
                           next_freopen_type *next)
{
    /* Without a path the stream keeps its file, and its descriptor. */
    if (!path || (!is_pending_stream(stream) && !may_be_protected(path)))
        return next(path, mode, stream);
    guard_enter();
    FILE *reopened = reopen_guarded(path, mode, stream, next);
    guard_leave();
    return reopened;
}

/* A thread that is cancelled in the middle would leave the stream locked. */
static int close_pending_stream(FILE *stream, next_fclose_type *next)
{
    guard_enter();
    int released = release_stream(stream);
    int closed = next(stream);
    guard_leave();
    guard_test_cancel();
    if (released == 0)
        return closed;
    errno = -released;
    return EOF;
}

static int close_stream(FILE *stream, next_fclose_type *next)
{
    return is_pending_stream(stream) ? close_pending_stream(stream, next) : next(stream);
}

EXPORT FILE *fopen(const char *path, const char *mode)
{
    return open_stream(path, mode, NEXT(fopen));
}

EXPORT FILE *fopen64(const char *path, const char *mode)
{
    return open_stream(path, mode, NEXT(fopen64));
}

EXPORT FILE *freopen(const char *path, const char *mode, FILE *stream)
{
    return reopen_stream(path, mode, stream, NEXT(freopen));
}

EXPORT FILE *freopen64(const char *path, const char *mode, FILE *stream)
{
    return reopen_stream(path, mode, stream, NEXT(freopen64));
}

static FILE *note_stream(int fd, FILE *stream)
{
    if (stream && pending_tracks(fd))
        pending_add_stream(fd, stream);
    return stream;
}

EXPORT FILE *fdopen(int fd, const char *mode)
{
    return note_stream(fd, NEXT(fdopen)(fd, mode));
}

EXPORT int fclose(FILE *stream)
{
    return close_stream(stream, NEXT(fclose));
}

#ifdef __GLIBC__

EXPORT FILE *_IO_fopen(const char *path, const char *mode)
{
    return open_stream(path, mode, NEXT(_IO_fopen));
}

EXPORT FILE *_IO_fdopen(int fd, const char *mode)
{
    return note_stream(fd, NEXT(_IO_fdopen)(fd, mode));
}

EXPORT int _IO_fclose(FILE *stream)
{
    return close_stream(stream, NEXT(_IO_fclose));
}

#endif
