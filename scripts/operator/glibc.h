/*
 * Names of glibc's versions, for functions that have several.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SCRIPTS_OPERATOR_GLIBC_H
#define OWNERONLY_SCRIPTS_OPERATOR_GLIBC_H

#include <features.h>

/* The version that every function had when glibc came to the architecture. */
#if defined(__x86_64__)
#define GLIBC_FIRST "GLIBC_2.2.5"
#elif defined(__i386__)
#define GLIBC_FIRST "GLIBC_2.0"
#else
#define GLIBC_FIRST "GLIBC_2.17"
#endif

#endif
