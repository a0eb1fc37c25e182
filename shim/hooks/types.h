/*
 * The types that the prototypes in hooks.def name, with each libc.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SHIM_HOOKS_TYPES_H
#define OWNERONLY_SHIM_HOOKS_TYPES_H

#include <fcntl.h>
#include <linux/openat2.h>
#include <linux/stat.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <utime.h>

#ifdef __GLIBC__
typedef struct stat64 stat64_type;
#else
#include "shim/hooks/musl.h"
#endif

#if defined(__GLIBC__) && __WORDSIZE == 32
/* How _TIME_BITS=64 lays struct stat out, as far as the library looks at it. */
struct stat_time64 {
    uint64_t st_dev;
    uint64_t st_ino;
    uint32_t st_mode;
    uint32_t st_nlink;
};
#endif

#endif
