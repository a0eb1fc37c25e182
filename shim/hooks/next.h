/*
 * The next function in line behind each hook: libc's, or that of another preloaded library.
 *
 * Here is how it is found and kept.  How a hook uses it: hook.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SHIM_HOOKS_NEXT_H
#define OWNERONLY_SHIM_HOOKS_NEXT_H

#include "shim/base/compiler.h"
#include "shim/hooks/types.h"

#include <stdatomic.h>

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

#define NEXT_TYPE(name) next_##name##_type *

extern INTERNAL _Atomic(void *) next_functions[HOOK_COUNT];
extern INTERNAL _Atomic(void *) next_quick_functions[HOOK_COUNT];
extern INTERNAL const char *const next_names[HOOK_COUNT];

/*
 * To be called once the configuration is loaded, at the start of the process: from now on the
 * functions that are looked up are kept.
 */
void next_start(void);

/* Looks one up that is not known yet.  With glibc async-signal-safe. */
SLOW void *next_resolve(enum hook hook);

static inline void *next_function(enum hook hook)
{
    void *function = atomic_load_explicit(&next_functions[hook], memory_order_acquire);
    return LIKELY(function) ? function : next_resolve(hook);
}

/* Never NULL: looked up if need be. */
#define NEXT(name) ((NEXT_TYPE(name))next_function(HOOK_##name))

/*
 * NULL before the library's constructor ran, and until NEXT() was first used.  Afterwards also a
 * sign that the configuration is loaded.
 */
#define NEXT_SINCE_START(name)                                                                     \
    ((NEXT_TYPE(name))atomic_load_explicit(&next_functions[HOOK_##name], memory_order_acquire))

/* As NEXT_SINCE_START(), and NULL again once anything was redirected in this process. */
#define NEXT_QUICK(name)                                                                           \
    ((NEXT_TYPE(name))atomic_load_explicit(&next_quick_functions[HOOK_##name],                     \
                                           memory_order_acquire))

/* Something is about to be pending: from now on NEXT_QUICK() is NULL.  Async-signal-safe. */
void next_disable_quick(void);

#endif
