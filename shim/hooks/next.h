/*
 * The next function in line behind each hook: libc's, or that of another preloaded library.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_NEXT_H
#define OWNERONLY_NEXT_H

#include "shim/base/sys.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdatomic.h>
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

/* What the library exports; everything else in it is hidden. */
#define EXPORT __attribute__((visibility("default")))

/* What few calls need, kept out of the functions that every call passes. */
#define SLOW __attribute__((noinline, cold))
/* The same for what some calls need: made for speed, not for size. */
#define ASIDE __attribute__((noinline))
#define LIKELY(condition) __builtin_expect(!!(condition), 1)

#if defined(__GLIBC__) && __WORDSIZE == 32
/* How _TIME_BITS=64 lays struct stat out, as far as the library looks at it. */
struct stat_time64 {
    uint64_t st_dev;
    uint64_t st_ino;
    uint32_t st_mode;
    uint32_t st_nlink;
};
#endif

enum hook {
#define HOOK(result, name, parameters) HOOK_##name,
#include "shim/hooks/hooks.def"
#undef HOOK
    HOOK_COUNT
};

#define HOOK(result, name, parameters)                                                             \
    typedef result next_##name##_type parameters;                                                  \
    extern result name parameters;
#include "shim/hooks/hooks.def"
#undef HOOK

extern INTERNAL _Atomic(void *) next_functions[HOOK_COUNT];
extern INTERNAL const char *const next_names[HOOK_COUNT];

/*
 * To be called once the configuration is loaded, at the start of the process: from now on the
 * functions that are looked up are kept.
 */
void next_start(void);

/* Looks one up that is not known yet.  With glibc async-signal-safe. */
SLOW void *next_resolve(enum hook hook);

#define NEXT_TYPE(name) next_##name##_type *

/*
 * How a hook asks for the next function; the first that fits:
 *
 *   NEXT()                               calls that are rare, or slow by themselves
 *   NEXT_SINCE_START() and a question    calls that everybody makes: could a rule match this path?
 *   NEXT_SINCE_START(), !pending_ever()  the same about a descriptor, which must go on being asked
 *                                        in children and before the first file is pending
 *   NEXT_QUICK(), DEFINE_QUICK()         calls that matter only while something is pending
 */

/*
 * For hooks that everybody pays for: NULL before the library's constructor ran and until NEXT() was
 * first used, and afterwards a sign that the configuration is loaded.  A hook that does nothing but
 * call the next function, and leaves all else to a function of its own, needs no stack.
 */
#define NEXT_SINCE_START(name)                                                                     \
    ((NEXT_TYPE(name))atomic_load_explicit(&next_functions[HOOK_##name], memory_order_acquire))

/*
 * For hooks that matter only where something is pending, as NEXT_SINCE_START() otherwise: NULL
 * again once anything was redirected in this process.  So a process that writes no protected file
 * pays for one test, whatever all these hooks have to ask.
 */
extern INTERNAL _Atomic(void *) next_quick_functions[HOOK_COUNT];
#define NEXT_QUICK(name)                                                                           \
    ((NEXT_TYPE(name))atomic_load_explicit(&next_quick_functions[HOOK_##name],                     \
                                           memory_order_acquire))

/* Something is about to be pending: from now on NEXT_QUICK() is NULL.  Async-signal-safe. */
void next_look(void);

/* Such a hook: all but a test and a jump is in name##_slow(), which uses NEXT(). */
#define DEFINE_QUICK(result, name, parameters, arguments)                                          \
    EXPORT result name parameters                                                                  \
    {                                                                                              \
        NEXT_TYPE(name) next = NEXT_QUICK(name);                                                   \
        return LIKELY(next) ? next arguments : name##_slow arguments;                              \
    }

static inline void *next_function(enum hook hook)
{
    void *function = atomic_load_explicit(&next_functions[hook], memory_order_acquire);
    return LIKELY(function) ? function : next_resolve(hook);
}

#define NEXT(name) ((NEXT_TYPE(name))next_function(HOOK_##name))

#endif
