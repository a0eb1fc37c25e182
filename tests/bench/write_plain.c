/*
 * As a program writes that thinks of nothing.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "write.h"

void write_file(const char *path, const void *data, size_t size)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    must(fd, path);
    write_all(fd, data, size);
    must(close(fd), "close");
}
