/*
 * A whole file in memory, without malloc(3).
 *
 * It is read, not mapped: a mapping of a file that shrinks is a SIGBUS.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/base/text_file.h"
#include "shim/base/memory.h"

#include <sys/stat.h>

#define SIZE_MAX_READ ((size_t)64 << 20)

static int fill(int fd, struct text_file *file)
{
    while (file->length < file->size) {
        ssize_t got = sys_read(fd, file->text + file->length, file->size - file->length);
        if (got == 0)
            break;
        if (got < 0 && got != -EINTR)
            return (int)got;
        if (got > 0)
            file->length += (size_t)got;
    }
    return 0;
}

static int read_open(int fd, struct text_file *file, struct statx *status)
{
    int result = sys_fstat(fd, status);
    if (result < 0)
        return result;
    if (!S_ISREG(status->stx_mode))
        return -EINVAL;
    if (status->stx_size > SIZE_MAX_READ)
        return -EFBIG;
    size_t size = status->stx_size + 1; /* an empty file is a text, too */
    void *memory = memory_map(size, MAP_PRIVATE);
    if (!memory)
        return -ENOMEM;
    *file = (struct text_file){memory, 0, size};
    result = fill(fd, file);
    if (result < 0)
        text_file_release(file);
    return result;
}

int text_file_read(const char *path, struct text_file *file, struct statx *status)
{
    int fd = sys_openat(AT_FDCWD, path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0);
    if (fd < 0)
        return fd;
    int result = read_open(fd, file, status);
    sys_close(fd);
    return result;
}

void text_file_release(struct text_file *file)
{
    memory_unmap(file->text, file->size);
}
