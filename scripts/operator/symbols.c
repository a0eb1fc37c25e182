/*
 * dlsym(3) and dladdr(3), where the process has them.
 *
 * The program is to start with every glibc since 2.17, so it may not need libdl, and asks for what
 * libdl had first.  Built where they are in libdl alone (before 2.34), it does without.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "scripts/operator/symbols.h"
#include "scripts/operator/glibc.h"

#include <dlfcn.h>
#include <stddef.h>

#ifdef __GLIBC__
#if __GLIBC_PREREQ(2, 34)
extern void *first_dlsym(void *handle, const char *name) __attribute__((weak));
extern int first_dladdr(const void *address, Dl_info *info) __attribute__((weak));
__asm__(".symver first_dlsym, dlsym@" GLIBC_FIRST);
__asm__(".symver first_dladdr, dladdr@" GLIBC_FIRST);
#else
static void *(*const first_dlsym)(void *handle, const char *name) = NULL;
static int (*const first_dladdr)(const void *address, Dl_info *info) = NULL;
#endif
#else
static void *(*const first_dlsym)(void *handle, const char *name) = dlsym;
static int (*const first_dladdr)(const void *address, Dl_info *info) = dladdr;
#endif

bool symbols_are_known(void)
{
    return first_dlsym && first_dladdr;
}

const char *symbol_object(const char *function)
{
    Dl_info info;
    const void *address = first_dlsym(RTLD_DEFAULT, function);
    return address && first_dladdr(address, &info) != 0 ? info.dli_fname : NULL;
}
