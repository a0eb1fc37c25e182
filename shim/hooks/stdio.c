/*
 * Hooks of stdio: fopen(3), freopen(3), fdopen(3), fclose(3).
 *
 * libc's own streams open and close their files inside libc, past every hook, so a protected file
 * is opened here, and its stream is made around the descriptor (stream.h).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/base/guard.h"
#include "shim/hooks/hook.h"
#include "shim/hooks/names.h"
#include "shim/hooks/redirect.h"
#include "shim/hooks/stream.h"
#include "shim/pending/pending.h"

#define CREATION_MODE 0666

/* False: the plain call is to be made. */
static bool open_protected(const char *path, const char *mode, int flags, FILE **stream)
{
    int fd;
    mode_t created = CREATION_MODE;
    if (!redirect_open(AT_FDCWD, path, flags | O_LARGEFILE, &created, &fd))
        return false;
    *stream = fd < 0 ? NULL : stream_open(fd, mode, flags);
    return true;
}

/* What is pending is read by the path of a descriptor of it (208). */
SLOW static FILE *open_plain(const char *path, const char *mode, int flags, next_fopen_type *next)
{
    bool reads = flags >= 0 && !redirect_writes_or_creates(flags);
    struct names_look look = names_look();
    FILE *stream;
    do
        stream = next(path, mode);
    while (reads && names_again(&look, stream ? 0 : -1, AT_FDCWD, path));
    if (!look.missed)
        return stream;
    struct names_path own = names_path(look.view.fd);
    stream = next(own.text, mode);
    (void)names_close(&look.view, stream ? 0 : -1, look.saved);
    return stream;
}

/* The same for a stream, which would be closed by an attempt that fails. */
SLOW static FILE *reopen_plain(const char *path, const char *mode, int flags, FILE *stream,
                               next_freopen_type *next)
{
    int saved = errno;
    struct pending_view view;
    if (flags < 0 || redirect_writes_or_creates(flags))
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
    int flags = stream_flags(mode);
    if (flags < 0 || !redirect_writes_or_creates(flags) || !may_be_protected(path))
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
    return fd < 0 ? fail_closed(stream, errno) : stream_reopen(stream, fd, mode);
}

static FILE *reopen_guarded(const char *path, const char *mode, FILE *stream,
                            next_freopen_type *next)
{
    /* First, because the new file may be the old one. */
    int released = release_stream(stream);
    if (released < 0)
        return fail_closed(stream, -released);
    int flags = stream_flags(mode);
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
