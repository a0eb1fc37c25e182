/*
 * Finds the next functions.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/hooks/next.h"
#include "shim/hooks/lookup.h"

#include <errno.h>

static const char *const names[HOOK_COUNT] = {
#define HOOK(result, name, parameters) [HOOK_##name] = #name,
#include "shim/hooks/hooks.def"
#undef HOOK
};

_Atomic(void *) next_functions[HOOK_COUNT];

/* For a function that a newer libc has and this one lacks: what the kernel says in that case. */
static int missing(void)
{
    errno = ENOSYS;
    return -1;
}

/* Other preloaded libraries stay in the chain. */
void *next_resolve(enum hook hook)
{
    void *function;
    lookup_next(&names[hook], &function, 1);
    return function ? function : (void *)missing;
}

void next_resolve_all(void)
{
    _Static_assert(HOOK_COUNT <= LOOKUP_MAX, "raise LOOKUP_MAX");
    void *functions[HOOK_COUNT];
    lookup_next(names, functions, HOOK_COUNT);
    for (enum hook hook = 0; hook < HOOK_COUNT; hook++)
        atomic_store_explicit(&next_functions[hook],
                              functions[hook] ? functions[hook] : (void *)missing,
                              memory_order_release);
}
