/*
 * A preload that calls libc's own function, past whatever stands behind it: as torsocks and
 * uid_wrapper do.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <dlfcn.h>
#include <unistd.h>

typedef int close_type(int fd);

__attribute__((visibility("default"))) int close(int fd)
{
    static close_type *next;
    if (!next) {
        void *libc = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);
        void *found = libc ? dlsym(libc, "close") : 0;
        __builtin_memcpy(&next, &found, sizeof next);
    }
    return next ? next(fd) : -1;
}
