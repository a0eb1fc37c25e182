/*
 * A shared object that costs too much at the start of a process: what a budget must be able to see.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Volatile: nobody reads it, and it is to be written all the same. */
static volatile char pages[64 * 1024];

__attribute__((constructor)) static void waste(void)
{
    for (size_t i = 0; i < sizeof pages; i++)
        pages[i] = 1;
    for (int i = 0; i < 20; i++)
        (void)syscall(SYS_getpid);
}
