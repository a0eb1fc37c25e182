/*
 * Finds the next functions.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/hooks/next.h"
#include "shim/hooks/lookup.h"
#include "shim/hooks/substitutes.h"

#include <errno.h>

const char *const next_names[HOOK_COUNT] = {
#define HOOK(result, name, parameters) [HOOK_##name] = #name,
#include "shim/hooks/hooks.def"
#undef HOOK
};

_Atomic(void *) next_functions[HOOK_COUNT];
_Atomic(void *) next_quick_functions[HOOK_COUNT];

/* Set before the quick functions are cleared, and asked after one was set. */
static _Atomic bool quick_disabled;
static _Atomic bool quick_cleared;

/* For a function that a newer libc has and this one lacks: what the kernel says in that case. */
static int missing(void)
{
    errno = ENOSYS;
    return -1;
}

static void *or_else(enum hook hook, void *function)
{
    void *substitute = function ? NULL : substitute_of(hook);
    if (function || substitute)
        return function ? function : substitute;
    return (void *)missing;
}

/* Set once the configuration is loaded: NEXT_SINCE_START() promises that, so nothing is kept
 * before. */
static _Atomic bool started;

static void keep(enum hook hook, void *function)
{
    atomic_store_explicit(&next_functions[hook], function, memory_order_release);
    atomic_store(&next_quick_functions[hook], function);
    if (atomic_load(&quick_disabled))
        atomic_store(&next_quick_functions[hook], NULL);
}

void next_disable_quick(void)
{
    if (atomic_load(&quick_cleared))
        return;
    atomic_store(&quick_disabled, true);
    for (enum hook hook = 0; hook < HOOK_COUNT; hook++)
        atomic_store(&next_quick_functions[hook], NULL);
    atomic_store(&quick_cleared, true);
}

/* Other preloaded libraries stay in the chain. */
void *next_resolve(enum hook hook)
{
    void *function;
    lookup_next(&next_names[hook], &function, 1);
    function = or_else(hook, function);
    if (atomic_load_explicit(&started, memory_order_acquire))
        keep(hook, function);
    return function;
}

#ifdef __GLIBC__

/* Most programs call few of the functions, so each is looked up when it is first called. */
void next_start(void)
{
    lookup_start();
    atomic_store_explicit(&started, true, memory_order_release);
}

#else

/* dlsym(3) is not for signal handlers, so with musl all are looked up at once. */
void next_start(void)
{
    void *functions[HOOK_COUNT];
    lookup_start();
    lookup_next(next_names, functions, HOOK_COUNT);
    for (enum hook hook = 0; hook < HOOK_COUNT; hook++)
        keep(hook, or_else(hook, functions[hook]));
}

#endif
