/*
 * A shared object whose rename(2) is done, and says that it was not: as NFS may, when the answer is
 * lost (BUGS of rename(2)).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

__attribute__((visibility("default"))) int rename(const char *from, const char *to)
{
    (void)renameat(AT_FDCWD, from, AT_FDCWD, to);
    errno = ETIMEDOUT;
    return -1;
}
