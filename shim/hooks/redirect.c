/*
 * From an open of a protected name to a pending file.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/hooks/redirect.h"
#include "shim/hooks/names.h"
#include "shim/hooks/next.h"

#define OWNER_BITS 0600

static void redirect(struct match *match, int dirfd, const char *path, int flags, mode_t mode,
                     int *fd)
{
    guard_test_cancel();
    *fd = -1;
    if (!match_open_directory(match, dirfd, path))
        return;
    next_disable_quick();
    int result = pending_open(match->directory, match->name, flags, mode, match->rule);
    match->directory = -1; /* consumed */
    if (result < 0)
        errno = -result;
    else
        *fd = result;
}

/*
 * Access mode 3 of open(2): for ioctl(2) alone, neither read(2) nor write(2) work with it.  With
 * O_TRUNC the file is emptied, which O_RDWR needs the same rights for.
 */
static bool writes_with(int *flags)
{
    if ((*flags & O_ACCMODE) == O_ACCMODE && (*flags & O_TRUNC))
        *flags = (*flags & ~O_ACCMODE) | O_RDWR;
    return (*flags & O_TRUNC) || (*flags & O_ACCMODE) == O_WRONLY || (*flags & O_ACCMODE) == O_RDWR;
}

/* Opens to read, with O_CREAT, what is pending and would otherwise be made beside it (103, 208). */
SLOW static bool read_pending(int dirfd, const char *path, int flags, int *fd)
{
    int saved = errno;
    struct pending_view view;
    enum names_target target = names_target(dirfd, path, 0, &view);
    if (target == NAMES_PENDING && !(flags & O_EXCL)) {
        *fd = names_open(&view, flags, saved);
        return true;
    }
    if (target != NAMES_PLAIN)
        (void)names_close(&view, 0, saved);
    if (target == NAMES_PENDING)
        errno = EEXIST;
    *fd = -1;
    return target == NAMES_PENDING;
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
    bool writes = writes_with(&flags);
    bool answered = false;
    bool creates = false;
    struct match match = {.resolve = resolve};
    switch (match_path(&match, dirfd, path)) {
    case MATCH_NONE:
        break;
    case MATCH_FAILED:
        *fd = -1;
        answered = true;
        break;
    case MATCH_PROTECTED:
        if (match_is_system(&match, dirfd, path))
            break;
        if (config_get()->observe) {
            match_log(&match, writes ? "observe-write" : "observe-create", 0, NULL);
        } else if (writes) {
            redirect(&match, dirfd, path, flags, *mode, fd);
            answered = true;
        } else {
            *mode &= OWNER_BITS;
            creates = true;
        }
    }
    match_close(&match);
    /* Without the directory's descriptor, so that the program gets the lowest. */
    return answered || (creates && read_pending(dirfd, path, flags, fd));
}

/*
 * The kernel itself judges flags, mode, size and the bytes behind what this kernel knows: with the
 * empty path, which is the last that it looks at, and leads nowhere.
 */
static bool is_valid(int dirfd, const struct open_how *how, size_t size)
{
    return sys_call(SYS_openat2, dirfd, (long)"", (long)how, (long)size, 0) == -ENOENT;
}

/* A longer structure than this one's, with something in it, comes from a kernel of the future. */
static bool can_be_narrowed(const struct open_how *how, size_t size)
{
    const char *bytes = (const char *)how;
    for (size_t i = sizeof *how; i < size; i++)
        if (bytes[i] != 0)
            return false;
    return true;
}

bool redirect_openat2(int dirfd, const char *path, const struct open_how **how, size_t *size,
                      struct open_how *narrowed, int *fd)
{
    if (is_null(*how) || *size < sizeof **how || !redirect_writes_or_creates((int)(*how)->flags) ||
        !may_be_protected(path) || !is_valid(dirfd, *how, *size))
        return false;
    *narrowed = **how;
    mode_t mode = (mode_t)narrowed->mode;
    bool answered =
        redirect_matched(dirfd, path, (int)narrowed->flags, narrowed->resolve, &mode, fd);
    if (!answered && mode != narrowed->mode && can_be_narrowed(*how, *size)) {
        narrowed->mode = mode;
        *how = narrowed;
        *size = sizeof *narrowed;
    }
    return answered;
}
