/*
 * Contract 310: a rule with `content = json` publishes one whole JSON value, or nothing.
 *
 * A program that dies of an exception in the middle of a document often still closes the file like
 * a successful one; its content is the only thing that tells them apart.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "policy/json/json.h"
#include "shim/base/proc.h"
#include "shim/writer/internal.h"
#include "shim/writer/marks.h"

#include <sys/stat.h>

/* The hooks may run on a small alternate signal stack: sigaltstack(2). */
#define CHUNK 2048

/* Emptying what was empty, or not there, loses nothing. */
static bool nothing_is_lost(const struct writer_file *file)
{
    struct statx old;
    if (sys_statx(file->directory, file->name, AT_SYMLINK_NOFOLLOW, &old) < 0)
        return true;
    return !S_ISREG(old.stx_mode) || old.stx_size == 0;
}

static ssize_t read_at(int fd, void *buffer, size_t length, uint64_t offset)
{
    ssize_t got;
    do
        got = sys_pread(fd, buffer, length, offset);
    while (got == -EINTR);
    return got;
}

static int read_all(struct json_check *check, int fd, uint64_t size)
{
    char chunk[CHUNK];
    for (uint64_t offset = 0; offset < size;) {
        uint64_t left = size - offset;
        ssize_t got = read_at(fd, chunk, left < CHUNK ? (size_t)left : CHUNK, offset);
        if (got < 0)
            return (int)got;
        if (got == 0)
            break;
        json_check_feed(check, chunk, (size_t)got);
        offset += (uint64_t)got;
    }
    return 0;
}

/* It was opened to write by another rule, of the policy of the image before (303). */
static int read_reopened(struct json_check *check, int fd, uint64_t size)
{
    char path[PROC_FD_PATH_SIZE];
    proc_fd_path(path, fd);
    int readable = sys_openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
    if (readable < 0)
        return readable;
    json_check_begin(check);
    int result = read_all(check, readable, size);
    sys_close(readable);
    return result;
}

/* Of a descriptor with O_DIRECT the kernel reads whole blocks only, into memory that fits: open(2).
 */
static int read_however(struct json_check *check, int fd, uint64_t size)
{
    int result = read_all(check, fd, size);
    if (result == -EBADF)
        return read_reopened(check, fd, size);
    int flags = result == -EINVAL ? sys_fcntl(fd, F_GETFL, 0) : 0;
    if (flags < 0 || !(flags & O_DIRECT))
        return result;
    result = sys_fcntl(fd, F_SETFL, flags & ~O_DIRECT);
    json_check_begin(check);
    if (result == 0)
        result = read_all(check, fd, size);
    (void)sys_fcntl(fd, F_SETFL, flags);
    return result;
}

static const char *reason_against(enum json_result result)
{
    switch (result) {
    case JSON_WHOLE:
        return NULL;
    case JSON_EMPTY:
        return "the content is empty, and what it would replace is not";
    case JSON_TOO_DEEP:
        return "the content is JSON nested too deeply to check";
    case JSON_BROKEN:
        break;
    }
    return "the content is not one whole JSON value";
}

/* Not whole, and a guest that writes it is left: it will be asked again (307). */
static int leave_to_guest(struct writer_file *file, int fd, const struct statx *status)
{
    int result = marks_leave(fd, status->stx_mode);
    if (result < 0)
        return result;
    file->deferred = true;
    file->left_to = WRITER_LEFT_TO_CHILD;
    file->reason = "not whole yet: a child process writes on, and publishes it";
    return WRITER_DEFERRED;
}

int content_check(struct writer_file *file, int fd, const struct statx *status)
{
    uint64_t size = status->stx_size;
    bool passes_empty = size == 0 && nothing_is_lost(file);
    if (passes_empty && !file->guest_writes)
        return 0;
    struct json_check check;
    json_check_begin(&check);
    int result = read_however(&check, fd, size);
    if (result < 0)
        return result;
    const char *reason = reason_against(json_check_end(&check));
    if (reason && file->guest_writes && held_by_others(fd))
        return leave_to_guest(file, fd, status);
    file->reason = passes_empty ? NULL : reason;
    return file->reason ? -EBADMSG : 0;
}

int writer_check(struct writer_file *file, int fd)
{
    struct statx status;
    int result = writer_look(file, fd, &status);
    return result < 0 ? result : content_check(file, fd, &status);
}
