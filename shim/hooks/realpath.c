/*
 * Hooks of realpath(3): a name that only a pending file has is resolved as it will be (208).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/hooks/hook.h"
#include "shim/hooks/names.h"

#include <stdlib.h>

/* Appends name to a directory's real path, in the caller's buffer or in memory of malloc(3), which
 * is freed where that fails. */
static char *append_name(char *directory, const char *name, bool allocated)
{
    size_t length = strcmp(directory, "/") == 0 ? 0 : strlen(directory);
    size_t size = length + 1 + strlen(name) + 1;
    char *real = directory;
    if (allocated)
        real = realloc(directory, size);
    else if (size > PATH_MAX) {
        errno = ENAMETOOLONG;
        return NULL;
    }
    if (!real) {
        free(directory);
        return NULL;
    }
    real[length] = '/';
    strcpy(real + length + 1, name);
    return real;
}

static char *resolve_pending(struct names_look *look, char *resolved)
{
    struct pending_view *view = &look->view;
    char *real = NULL;
    if (view->directory >= 0) {
        struct names_path directory = names_path(view->directory);
        real = NEXT(realpath)(directory.text, resolved);
    }
    pending_view_close(view);
    if (real)
        real = append_name(real, view->name, !resolved);
    if (real)
        errno = look->saved;
    return real;
}

#define DEFINE_REALPATH(name, parameters, arguments, resolved)                                     \
    SLOW static char *name##_slow parameters                                                       \
    {                                                                                              \
        struct names_look look = names_look();                                                     \
        char *real;                                                                                \
        do                                                                                         \
            real = NEXT(name) arguments;                                                           \
        while (names_again(&look, real ? 0 : -1, AT_FDCWD, path));                                 \
        return look.missed ? resolve_pending(&look, resolved) : real;                              \
    }                                                                                              \
    DEFINE_QUICK(char *, name, parameters, arguments)

DEFINE_REALPATH(realpath, (const char *path, char *resolved), (path, resolved), resolved)
#ifdef __GLIBC__
DEFINE_REALPATH(__realpath_chk, (const char *path, char *resolved, size_t size),
                (path, resolved, size), resolved)
DEFINE_REALPATH(canonicalize_file_name, (const char *path), (path), NULL)
#endif
