/*
 * What every hook is written with, and how it keeps the path short that everybody pays for.
 *
 * A hook is a fast path, which does nothing but a test and a jump to the next function, and so
 * needs no stack; and a slow one, name##_slow(), with all else.  Which test; the first that fits:
 *
 *   NEXT()                               calls that are rare, or slow by themselves: no fast path
 *   NEXT_SINCE_START() and a question    calls that everybody makes: could a rule match this path?
 *   NEXT_SINCE_START(), !pending_ever()  the same about a descriptor, which must go on being asked
 *                                        in children and before the first file is pending
 *   NEXT_QUICK(), DEFINE_QUICK()         calls that matter only while something is pending: a
 *                                        process that writes no protected file pays for one test,
 *                                        whatever all these hooks have to ask
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SHIM_HOOKS_HOOK_H
#define OWNERONLY_SHIM_HOOKS_HOOK_H

#include "shim/base/sys.h"
#include "shim/hooks/next.h"

/* What the library exports; everything else in it is hidden. */
#define EXPORT __attribute__((visibility("default")))

/* A hook by NEXT_QUICK(); name##_slow(), which uses NEXT(), stands before it. */
#define DEFINE_QUICK(result, name, parameters, arguments)                                          \
    EXPORT result name parameters                                                                  \
    {                                                                                              \
        NEXT_TYPE(name) next = NEXT_QUICK(name);                                                   \
        return LIKELY(next) ? next arguments : name##_slow arguments;                              \
    }

#endif
