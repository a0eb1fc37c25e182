/*
 * A shared object that costs too much at the start of a process: what a budget must be able to see.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static char pages[64 * 1024];

__attribute__((constructor)) static void waste(void)
{
    memset(pages, 1, sizeof pages);
    for (int i = 0; i < 20; i++)
        (void)syscall(SYS_getpid);
}
