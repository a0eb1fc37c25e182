/*
 * The next function in line behind each hook: libc's, or that of another preloaded library.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_NEXT_H
#define OWNERONLY_NEXT_H

#include <fcntl.h>
#include <linux/openat2.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/types.h>
#include <sys/uio.h>

/* What the library exports; everything else in it is hidden. */
#define EXPORT __attribute__((visibility("default")))

/* What few calls need, kept out of the functions that every call passes. */
#define SLOW __attribute__((noinline, cold))

enum hook {
#define HOOK(result, name, parameters) HOOK_##name,
#include "hooks.def"
#undef HOOK
    HOOK_COUNT
};

#define HOOK(result, name, parameters)                                                             \
    typedef result next_##name##_type parameters;                                                  \
    extern result name parameters;
#include "hooks.def"
#undef HOOK

extern _Atomic(void *) next_functions[HOOK_COUNT];

/*
 * Looks every function up, and remembers it.  At the start of the process, because dlsym(3) is not
 * async-signal-safe, and forgets what the program's dlerror(3) is to say.
 */
void next_resolve_all(void);

/* The same for one that is called before that. */
SLOW void *next_resolve(enum hook hook);

static inline void *next_function(enum hook hook)
{
    void *function = atomic_load_explicit(&next_functions[hook], memory_order_relaxed);
    return __builtin_expect(function != NULL, 1) ? function : next_resolve(hook);
}

#define NEXT(name) ((next_##name##_type *)next_function(HOOK_##name))

#endif
