/*
 * Error numbers by name: strerrorname_np(3) is younger than the libcs that the library runs on.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/base/error_name.h"

#include <errno.h>

#define ERROR(symbol)                                                                              \
    {                                                                                              \
        symbol, #symbol                                                                            \
    }

static const struct {
    int number;
    const char *name;
} errors[] = {
    {0, "ok"},        ERROR(EACCES),       ERROR(EAGAIN), ERROR(EBADF),     ERROR(EBADMSG),
    ERROR(EBUSY),     ERROR(ECANCELED),    ERROR(EDQUOT), ERROR(EEXIST),    ERROR(EFBIG),
    ERROR(EINTR),     ERROR(EINVAL),       ERROR(EIO),    ERROR(EISDIR),    ERROR(ELOOP),
    ERROR(EMFILE),    ERROR(EMLINK),       ERROR(ENFILE), ERROR(ENODEV),    ERROR(ENOENT),
    ERROR(ENOMEM),    ERROR(ENAMETOOLONG), ERROR(ENOSPC), ERROR(ENOSYS),    ERROR(ENXIO),
    ERROR(ENOTDIR),   ERROR(EOPNOTSUPP),   ERROR(EPERM),  ERROR(EROFS),     ERROR(ESTALE),
    ERROR(ETIMEDOUT), ERROR(ETXTBSY),      ERROR(EXDEV),  ERROR(EOVERFLOW), ERROR(E2BIG),
    ERROR(EFAULT),    ERROR(ENODATA),      ERROR(ENOLCK), ERROR(ERANGE),
};

void error_name_add(struct text *text, int error)
{
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        if (errors[i].number == error) {
            text_put(text, errors[i].name);
            return;
        }
    }
    text_put_number(text, (uint64_t)error);
}
