/*
 * From an open of a protected name to a pending file.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/hooks/redirect.h"
#include "shim/pending/pending.h"

#define OWNER_BITS 0600

static void redirect(struct match *match, int dirfd, const char *path, int flags, int *fd)
{
    *fd = -1;
    if (!match_open_directory(match, dirfd, path))
        return;
    int result = pending_open(match->directory, match->name, flags, match->rule);
    match->directory = -1; /* consumed */
    if (result < 0)
        errno = -result;
    else
        *fd = result;
}

bool redirect_matched(int dirfd, const char *path, int flags, uint64_t resolve, mode_t *mode,
                      int *fd)
{
    /* O_TMPFILE contains O_DIRECTORY (104). */
    if (flags & (O_PATH | O_DIRECTORY))
        return false;
    /* Whoever restricts how a path is resolved does not want its last link followed, either. */
    if (resolve != 0)
        flags |= O_NOFOLLOW;
    bool writes = flags & (O_ACCMODE | O_TRUNC);
    bool answered = false;
    struct match match = {.resolve = resolve};
    switch (match_path(&match, dirfd, path)) {
    case MATCH_NONE:
        break;
    case MATCH_FAILED:
        *fd = -1;
        answered = true;
        break;
    case MATCH_PROTECTED:
        if (config_get()->observe) {
            match_log(&match, writes ? "observe-write" : "observe-create", 0, NULL);
        } else if (writes) {
            redirect(&match, dirfd, path, flags, fd);
            answered = true;
        } else {
            *mode &= OWNER_BITS;
        }
    }
    match_close(&match);
    return answered;
}

bool redirect_openat2(int dirfd, const char *path, const struct open_how **how, size_t size,
                      struct open_how *narrowed, int *fd)
{
    if (!*how || size < sizeof **how || !redirect_may_concern((int)(*how)->flags) ||
        !may_be_protected(path))
        return false;
    *narrowed = **how;
    mode_t mode = (mode_t)narrowed->mode;
    bool answered =
        redirect_matched(dirfd, path, (int)narrowed->flags, narrowed->resolve, &mode, fd);
    /* A longer structure than this one's can't be narrowed, and comes from a kernel of the future.
     */
    if (!answered && mode != narrowed->mode && size == sizeof *narrowed) {
        narrowed->mode = mode;
        *how = narrowed;
    }
    return answered;
}
