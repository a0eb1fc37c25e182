/*
 * Contract 5xx: a glob is refused, or matches a path as fnmatch(3) does where it knows the dialect,
 * and as a full search does where it does not.  The input is a glob, a NUL and a path.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "glob_helper.h"
#include "glob_reference.h"

#include <fnmatch.h>
#include <stdlib.h>

#define INPUT_MAX 128

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_real_path(const char *path)
{
    return path[0] == '/' && path[strlen(path) - 1] != '/' && !strstr(path, "//");
}

static bool in_dialect_of_fnmatch(const char *glob)
{
    /* glibc finds no "\/" behind a "*". */
    return !strchr(glob, '/') || (glob[0] == '/' && !strstr(glob, "**") && !strstr(glob, "\\/"));
}

static bool in_dialect_of_reference(const char *glob)
{
    return !strpbrk(glob, "[\\") && strncmp(glob, "~/", 2) != 0;
}

static bool fnmatch_says(const char *glob, const char *path)
{
    if (strchr(glob, '/'))
        return fnmatch(glob, path, FNM_PATHNAME) == 0;
    return fnmatch(glob, strrchr(path, '/') + 1, 0) == 0;
}

static bool reference_says(const char *glob, const char *path)
{
    char from_root[INPUT_MAX + sizeof "/**/"];

    if (!strchr(glob, '/'))
        return glob_reference(glob, strrchr(path, '/') + 1);
    strcat(strcpy(from_root, glob[0] == '/' ? "" : "/**/"), glob);
    return glob_reference(from_root, path);
}

static void check(const struct compiled *compiled, const char *glob, const char *path)
{
    enum glob_verdict known = match(compiled, path);
    enum glob_verdict unknown = match_unknown(compiled, path);
    struct byte_set last_bytes = {0};

    if (known == GLOB_DEPENDS || (unknown != GLOB_DEPENDS && unknown != known))
        abort();
    glob_add_last_bytes(&compiled->glob, &last_bytes);
    if (known && !byte_set_has(&last_bytes, (unsigned char)path[strlen(path) - 1]))
        abort();
    if (in_dialect_of_fnmatch(glob) && (known == GLOB_YES) != fnmatch_says(glob, path))
        abort();
    if (in_dialect_of_reference(glob) && (known == GLOB_YES) != reference_says(glob, path))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct compiled compiled; /* too large for every run to set it up */
    char input[INPUT_MAX];

    if (size < 2 || size >= sizeof input)
        return 0;
    memcpy(input, data, size);
    input[size] = '\0';
    const char *path = input + strnlen(input, size - 1) + 1;
    if (is_real_path(path) && !compile(&compiled, input))
        check(&compiled, input, path);
    return 0;
}
