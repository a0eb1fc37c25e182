/*
 * The walk: realpath(3) with a look at all that it passes.
 *
 * From the root on, each directory is found good before a name in it is looked at; so when that is,
 * nobody but root and the caller can change what stands before it, and paths do where one would
 * else need descriptors.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/config/trust.h"
#include "shim/base/error_name.h"
#include "shim/base/sys_process.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINKS_MAX 40 /* as path_resolution(7) */

/* Always real root's: proc(5). */
#define FILE_OF_ROOT "/proc/sys/kernel/overflowuid"

static bool fail(struct trust *trust, const char *problem, int error)
{
    trust->problem = problem;
    trust->error = error;
    return false;
}

static uid_t read_overflow_id(void)
{
    char digits[16];
    uid_t id = 0;
    int fd = sys_openat(AT_FDCWD, FILE_OF_ROOT, O_RDONLY | O_CLOEXEC, 0);
    ssize_t length = fd < 0 ? fd : sys_read(fd, digits, sizeof digits);
    for (ssize_t i = 0; i < length && digits[i] >= '0' && digits[i] <= '9'; i++)
        id = id * 10 + (uid_t)(digits[i] - '0');
    if (fd >= 0)
        sys_close(fd);
    return id;
}

static void find_root(struct trust *trust)
{
    struct statx status;
    if (trust->root_was_asked)
        return;
    trust->root_was_asked = true;
    if (sys_statx(AT_FDCWD, FILE_OF_ROOT, AT_SYMLINK_NOFOLLOW, &status) < 0)
        return;
    trust->root = status.stx_uid;
    trust->root_is_overflowed = trust->root != 0 && trust->root == read_overflow_id();
}

static bool may_write(const char *path)
{
    return sys_faccessat2(AT_FDCWD, path, W_OK, AT_EACCESS) == 0 ||
           sys_faccessat(AT_FDCWD, path, W_OK) == 0;
}

static bool is_open_to_others(const struct statx *status)
{
    return (status->stx_mode & (S_IWGRP | S_IWOTH)) != 0;
}

/* What is open to others is looked at by its mode; through a link nobody can write. */
static bool is_a_strangers(const struct trust *trust)
{
    return trust->is_open || (!S_ISLNK(trust->status.stx_mode) &&
                              !is_open_to_others(&trust->status) && may_write(trust->path));
}

static bool has_good_owner(struct trust *trust)
{
    uid_t owner = trust->status.stx_uid;
    if (owner == 0 || owner == sys_geteuid())
        return true;
    find_root(trust);
    return owner == trust->root && !(trust->root_is_overflowed && is_a_strangers(trust));
}

/* The status of what path leads to now, if its owner is good. */
static bool look(struct trust *trust)
{
    const char *path = trust->path[0] == '\0' ? "/" : trust->path;
    int result = sys_statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, &trust->status);
    if (result < 0)
        return fail(trust, "cannot be read", -result);
    return has_good_owner(trust) ||
           fail(trust, "is owned by another user; it must be root's or one's own", 0);
}

static bool enter(struct trust *trust)
{
    trust->is_open = is_open_to_others(&trust->status);
    return !trust->is_open || (trust->status.stx_mode & S_ISVTX) ||
           fail(trust, "is writable by group or others, who could put another file there", 0);
}

/* The directory at the first `length` bytes of path, which was found good before. */
static bool go_back(struct trust *trust, size_t length)
{
    trust->path[length] = '\0';
    trust->length = length;
    trust->is_open = false;
    return look(trust) && enter(trust);
}

static size_t parent(const struct trust *trust)
{
    const char *slash = memrchr(trust->path, '/', trust->length);
    return slash ? (size_t)(slash - trust->path) : 0;
}

/* Puts where the link leads before the rest, and goes to where that starts. */
static bool follow(struct trust *trust)
{
    size_t rest = strlen(trust->rest);
    ssize_t length = sys_readlinkat(AT_FDCWD, trust->path, trust->link, sizeof trust->link);
    if (length < 0)
        return fail(trust, "cannot be read", (int)-length);
    if (++trust->links > LINKS_MAX)
        return fail(trust, "cannot be read", ELOOP);
    if ((size_t)length + rest >= sizeof trust->rest)
        return fail(trust, "cannot be read", ENAMETOOLONG);
    memmove(trust->rest + length, trust->rest, rest + 1);
    memcpy(trust->rest, trust->link, (size_t)length);
    return go_back(trust, trust->rest[0] == '/' ? 0 : trust->length);
}

/* The next component is put behind path; its length, 0 at the end, or -ENAMETOOLONG. */
static ssize_t take_component(struct trust *trust)
{
    size_t slashes = strspn(trust->rest, "/");
    size_t length = strcspn(trust->rest + slashes, "/");
    if (trust->length + 1 + length >= sizeof trust->path)
        return -ENAMETOOLONG;
    if (length > 0) {
        trust->path[trust->length] = '/';
        memcpy(trust->path + trust->length + 1, trust->rest + slashes, length);
        trust->path[trust->length + 1 + length] = '\0';
    }
    memmove(trust->rest, trust->rest + slashes + length,
            strlen(trust->rest + slashes + length) + 1);
    return (ssize_t)length;
}

/* What stands in a directory that others may write to may be theirs, whoever's file it is. */
static bool refuse_in_open(struct trust *trust)
{
    return fail(trust, "lies in a directory that others may write to; make one of its own for it",
                0);
}

/* At the end of the path, and no directory. */
static bool judge(struct trust *trust, enum trust_kind kind)
{
    if (trust->is_open)
        return refuse_in_open(trust);
    if (trust->rest[0] != '\0')
        return fail(trust, "cannot be read", ENOTDIR);
    if (kind == TRUST_POLICY && is_open_to_others(&trust->status))
        return fail(trust, "is writable by group or others; chmod go-w it", 0);
    trust->exists = true;
    return true;
}

static bool judge_absent(struct trust *trust)
{
    trust->problem = NULL;
    trust->error = 0;
    return trust->is_open ? refuse_in_open(trust) : true;
}

enum step { STEP_ON, STEP_GOOD, STEP_BAD };

static enum step end(bool good)
{
    return good ? STEP_GOOD : STEP_BAD;
}

static enum step go_on(bool good)
{
    return good ? STEP_ON : STEP_BAD;
}

static enum step step(struct trust *trust, enum trust_kind kind)
{
    ssize_t taken = take_component(trust);
    const char *name = trust->path + trust->length + 1;
    if (taken < 0)
        return end(fail(trust, "cannot be read", (int)-taken));
    if (taken == 0) {
        trust->exists = true;
        return STEP_GOOD;
    }
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return go_on(go_back(trust, name[1] == '.' ? parent(trust) : trust->length));
    if (!look(trust)) {
        bool may_be_absent = kind == TRUST_LOG && trust->rest[0] == '\0';
        return end(trust->error == ENOENT && may_be_absent && judge_absent(trust));
    }
    if (S_ISLNK(trust->status.stx_mode))
        return go_on(trust->is_open ? refuse_in_open(trust) : follow(trust));
    if (!S_ISDIR(trust->status.stx_mode))
        return end(judge(trust, kind));
    trust->length += 1 + (size_t)taken;
    return go_on(enter(trust));
}

bool trust_walk(struct trust *trust, const char *path, enum trust_kind kind)
{
    size_t length = strlen(path);
    enum step next;
    memset(trust, 0, sizeof *trust);
    if (!go_back(trust, 0))
        return false;
    if (length >= sizeof trust->rest)
        return fail(trust, "cannot be read", ENAMETOOLONG);
    memcpy(trust->rest, path, length + 1);
    do
        next = step(trust, kind);
    while (next == STEP_ON);
    return next == STEP_GOOD;
}

void trust_problem(const struct trust *trust, const char *path, struct text *problem)
{
    if (trust->error == 0 && strcmp(trust->path, path) != 0) {
        text_put_escaped(problem, slice_of(trust->path[0] ? trust->path : "/"), '\0');
        text_put(problem, " ");
    }
    text_put(problem, trust->problem);
    if (trust->error == 0)
        return;
    text_put(problem, ": ");
    error_name_add(problem, trust->error);
}
