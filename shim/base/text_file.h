/*
 * A whole file in memory, without malloc(3).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SHIM_BASE_TEXT_FILE_H
#define OWNERONLY_SHIM_BASE_TEXT_FILE_H

#include "shim/base/sys.h"

#include <stddef.h>

struct text_file {
    char *text; /* not NUL-terminated */
    size_t length;
    size_t size; /* of the mapping */
};

/*
 * Reads path, a regular file of at most 64 MiB, and says in *status whose it is.
 * Returns 0, and the caller releases *file; or -errno of open(2), read(2) or mmap(2),
 * -EINVAL if it is no regular file, -EFBIG if it is too large.
 */
int text_file_read(const char *path, struct text_file *file, struct statx *status);

void text_file_release(struct text_file *file);

#endif
