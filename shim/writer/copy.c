/*
 * The old content for an update, and whether it still is what the name stands for (105).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/writer/internal.h"

#include <unistd.h>

#define CHUNK ((size_t)1 << 30)
/* Changed while it was copied: tried again so often, for a file that grows all the time. */
#define TRIES_MAX 8

int copy_range(int source, int fd, uint64_t begin, uint64_t end)
{
    int64_t at = sys_lseek(source, (int64_t)begin, SEEK_SET);
    if (at >= 0)
        at = sys_lseek(fd, (int64_t)begin, SEEK_SET);
    if (at < 0)
        return (int)at;
    while (begin < end) {
        uint64_t left = end - begin;
        ssize_t copied = sys_sendfile(fd, source, left < CHUNK ? (size_t)left : CHUNK);
        if (copied == -EINTR)
            continue;
        if (copied <= 0)
            return (int)copied;
        begin += (uint64_t)copied;
    }
    return 0;
}

/* Holes stay holes: lseek(2), SEEK_DATA. */
static int copy_data(int source, int fd, uint64_t size)
{
    for (uint64_t offset = 0; offset < size;) {
        int64_t begin = sys_lseek(source, (int64_t)offset, SEEK_DATA);
        if (begin == -ENXIO)
            break; /* a hole up to the end */
        if (begin < 0)
            return (int)begin;
        int64_t end = sys_lseek(source, begin, SEEK_HOLE);
        if (end < 0)
            return (int)end;
        int result = copy_range(source, fd, (uint64_t)begin, (uint64_t)end);
        if (result < 0)
            return result;
        offset = (uint64_t)end;
    }
    return sys_ftruncate(fd, size);
}

static bool may_have_holes(const struct statx *status)
{
    return status->stx_blocks * 512 < status->stx_size;
}

int copy_as_it_is(int source, int fd, const struct statx *status)
{
    if (sys_reflink(fd, source) == 0)
        return 0;
    return may_have_holes(status) ? copy_data(source, fd, status->stx_size)
                                  : copy_range(source, fd, 0, status->stx_size);
}

int copy_content(struct writer_version *version, int source, int fd)
{
    struct statx status;
    int result = sys_fstat(source, &status);
    for (int tries = 0; result == 0 && tries < TRIES_MAX; tries++) {
        if (tries > 0)
            result = sys_ftruncate(fd, 0);
        *version = writer_version_of(&status);
        if (result == 0)
            result = copy_as_it_is(source, fd, &status);
        if (result == 0)
            result = sys_fstat(source, &status);
        if (result == 0 && writer_is_version(version, &status))
            break;
    }
    /* Who opens it and writes nothing leaves it as old as it was, as without a copy. */
    if (result == 0)
        sys_set_modified(fd, version->seconds, version->nanoseconds);
    /* What changes all the time is told at publish. */
    if (result == 0)
        result = (int)sys_lseek(fd, 0, SEEK_SET);
    return result;
}

int copy_examine(struct writer_file *file)
{
    struct statx named;
    int result = sys_statx(file->directory, file->name, AT_SYMLINK_NOFOLLOW, &named);
    if (result == -ENOENT)
        return writer_refuse(file, -ESTALE, "the file was removed since it was opened");
    if (result < 0)
        return writer_refuse(file, result, "what the name stands for cannot be examined");
    if (!writer_is_version(&file->copied, &named))
        return writer_refuse(file, -ESTALE, "the file was changed or replaced since it was opened");
    return 0;
}
