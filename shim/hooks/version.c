/*
 * The library run as a program says its version, as libc.so.6 does: it is the file itself that is
 * asked, in whatever container it lies.
 *
 * The loader named here runs it; no constructor has run by then, and there is nothing to return to.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/base/compiler.h"
#include "shim/base/sys.h"

/* ABI documents of each architecture; musl's: its wiki, "Guidelines for Distributions". */
#if defined(__GLIBC__) && defined(__x86_64__)
#define LOADER "/lib64/ld-linux-x86-64.so.2"
#elif defined(__GLIBC__) && defined(__aarch64__)
#define LOADER "/lib/ld-linux-aarch64.so.1"
#elif defined(__GLIBC__) && defined(__i386__)
#define LOADER "/lib/ld-linux.so.2"
#elif defined(__x86_64__)
#define LOADER "/lib/ld-musl-x86_64.so.1"
#elif defined(__aarch64__)
#define LOADER "/lib/ld-musl-aarch64.so.1"
#else
#define LOADER "/lib/ld-musl-i386.so.1"
#endif

#ifdef __GLIBC__
#define BUILT_FOR "glibc 2.17 or later"
#else
#define BUILT_FOR "musl"
#endif

extern const char version_loader[];
const char version_loader[] __attribute__((section(".interp"), used)) = LOADER;

static const char text[] =
    "owneronly " OWNERONLY_VERSION ", a library to be preloaded, for " BUILT_FOR
    ".\nSee owneronly(1) and owneronly(7).\n";

/* The entry point, -Wl,-e: the stack is as the kernel left it, not as a caller would. */
INTERNAL _Noreturn void version_main(void);
#if defined(__x86_64__) || defined(__i386__)
__attribute__((force_align_arg_pointer))
#endif
_Noreturn void
version_main(void)
{
    long written = sys_call(SYS_write, 1, (long)text, sizeof text - 1, 0, 0);
    for (;;)
        sys_call(SYS_exit_group, written != sizeof text - 1, 0, 0, 0, 0);
}
