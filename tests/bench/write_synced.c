/*
 * Into the file itself, but durable: neither whole at every instant nor owner-only.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "write.h"

void write_file(const char *path, const void *data, size_t size)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    must(fd, path);
    write_all(fd, data, size);
    must(fsync(fd), "fsync");
    must(close(fd), "close");
}
