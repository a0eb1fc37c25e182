/*
 * Bracket expressions of globs: [abc], [a-z], [!a-z], [[:alpha:]], as in fnmatch(3) in the C
 * locale.
 *
 * [^...] is taken for [!...], as glibc does.  '/' is never in the set.  Collating symbols ([.a.])
 * and equivalence classes ([=a=]) are refused.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_POLICY_GLOB_BRACKET_H
#define OWNERONLY_POLICY_GLOB_BRACKET_H

#include "policy/base/byte_set.h"
#include "policy/base/slice.h"

/*
 * Length of what the glob begins with and nobody may cut: an escaped byte, a class name such as
 * [:alpha:], or any other single byte.
 */
size_t bracket_item_length(struct slice glob);

/* Length of the bracket expression that the glob begins with; 0 when it is not closed. */
size_t bracket_length(struct slice glob);

/* The bytes that a bracket expression matches.  Returns NULL, or what is wrong with it. */
const char *bracket_compile(struct slice bracket, struct byte_set *set);

#endif
