/*
 * A lock between the threads of a process, in one word that is zero when nobody holds it.
 *
 * Only for code under a guard (guard.h): its holder can't be interrupted, so nobody waits for what
 * he himself has interrupted.  After U. Drepper, "Futexes Are Tricky" (2011), mutex2; futex(2).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SHIM_BASE_LOCK_H
#define OWNERONLY_SHIM_BASE_LOCK_H

#include "shim/base/sys_process.h"

#include <stdatomic.h>

enum lock_word { LOCK_FREE, LOCK_HELD, LOCK_AWAITED };

struct lock {
    _Atomic uint32_t word;
};

static inline void lock_take(struct lock *lock)
{
    uint32_t word = LOCK_FREE;
    if (atomic_compare_exchange_strong(&lock->word, &word, LOCK_HELD))
        return;
    while (atomic_exchange(&lock->word, LOCK_AWAITED) != LOCK_FREE)
        sys_wait_while(&lock->word, LOCK_AWAITED);
}

static inline void lock_release(struct lock *lock)
{
    if (atomic_exchange(&lock->word, LOCK_FREE) == LOCK_AWAITED)
        sys_wake(&lock->word, 1);
}

#endif
