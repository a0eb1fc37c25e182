/*
 * A glob in memory of exactly the promised size, and a path as the two parts that are matched.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_TESTS_UNIT_GLOB_HELPER_H
#define OWNERONLY_TESTS_UNIT_GLOB_HELPER_H

#include "policy/glob/glob.h"

#define HOME "/home/u[1]"

struct compiled {
    struct policy_glob glob;
    _Alignas(max_align_t) char memory[GLOB_MEMORY_EACH + GLOB_LENGTH_MAX * GLOB_MEMORY_PER_BYTE];
};

static inline const char *compile(struct compiled *compiled, const char *text)
{
    struct arena arena = {compiled->memory};
    return glob_compile(&compiled->glob, slice_of(text), slice_of(HOME), &arena);
}

static inline enum glob_verdict match(const struct compiled *compiled, const char *path)
{
    const char *name = strrchr(path, '/') + 1;
    struct slice directory = {path, (size_t)(name - 1 - path)};
    return glob_match(&compiled->glob, directory, slice_of(name));
}

static inline enum glob_verdict match_unknown(const struct compiled *compiled, const char *path)
{
    return glob_match(&compiled->glob, (struct slice){NULL, 0}, slice_of(strrchr(path, '/') + 1));
}

#endif
