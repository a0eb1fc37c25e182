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
 * Looks the function up, and remembers it.  Async-signal-safe as far as dlsym(3) is, which like the
 * lazy binding of any symbol works in practice; it allocates nothing for a symbol that exists.
 */
SLOW void *next_resolve(enum hook hook);

static inline void *next_function(enum hook hook)
{
    void *function = atomic_load_explicit(&next_functions[hook], memory_order_relaxed);
    return __builtin_expect(function != NULL, 1) ? function : next_resolve(hook);
}

#define NEXT(name) ((next_##name##_type *)next_function(HOOK_##name))

#endif
