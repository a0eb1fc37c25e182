/*
 * What is said to the compiler: which symbols are the library's own, what is seldom run.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SHIM_BASE_COMPILER_H
#define OWNERONLY_SHIM_BASE_COMPILER_H

/* Of the library alone: the compiler need not look a variable's address up before it reads it. */
#define INTERNAL __attribute__((visibility("hidden")))

/* What few calls need, kept out of the functions that every call passes. */
#define SLOW __attribute__((noinline, cold))

/* A function of its own, with a stack frame of its own, made for speed. */
#define NOINLINE __attribute__((noinline))

#define LIKELY(condition) __builtin_expect(!!(condition), 1)

#endif
