/*
 * The glob dialect again, as short as it can be said: which rest of the glob matches which rest of
 * the path, for every pair of rests.  Without brackets and escapes, which fnmatch(3) checks.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_TESTS_UNIT_GLOB_REFERENCE_H
#define OWNERONLY_TESTS_UNIT_GLOB_REFERENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define GLOB_REFERENCE_MAX 160 /* bytes of the glob, and of the path */

struct glob_reference {
    const char *glob;
    const char *path;
    bool matches[GLOB_REFERENCE_MAX + 1][GLOB_REFERENCE_MAX + 1];
};

/* What stands behind i and j is known already. */
static bool glob_reference_rest(const struct glob_reference *r, size_t i, size_t j)
{
    char glob = r->glob[i];
    char path = r->path[j];
    size_t stars = strspn(r->glob + i, "*");
    bool component_begins = i == 0 || r->glob[i - 1] == '/';

    if (glob == '\0')
        return path == '\0';
    if (stars == 0)
        return path != '\0' && (glob == path || (glob == '?' && path != '/')) &&
               r->matches[i + 1][j + 1];
    if (stars > 1 && component_begins && r->glob[i + stars] == '/') {
        const char *slash = strchr(r->path + j, '/');
        return r->matches[i + stars + 1][j] || (slash && r->matches[i][slash + 1 - r->path]);
    }
    return r->matches[i + stars][j] ||
           (path != '\0' && (stars > 1 || path != '/') && r->matches[i][j + 1]);
}

static bool glob_reference(const char *glob, const char *path)
{
    struct glob_reference r = {.glob = glob, .path = path};

    for (size_t i = strlen(glob) + 1; i-- > 0;)
        for (size_t j = strlen(path) + 1; j-- > 0;)
            r.matches[i][j] = glob_reference_rest(&r, i, j);
    return r.matches[0][0];
}

#endif
