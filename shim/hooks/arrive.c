/*
 * Hooks of rename(2), link(2), chmod(2) and their kin: what arrives at a protected name, and what
 * becomes of its mode (401 to 403).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "arrive.h"
#include "arrival.h"
#include "next.h"
#include "pending/pending.h"

#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

/* A descriptor of what arrives, or -1: then the call itself will say what is wrong. */
static int open_source(int dirfd, const char *path, bool follow)
{
    int saved = errno;
    int fd = NEXT(openat)(dirfd, path, O_PATH | O_CLOEXEC | (follow ? 0 : O_NOFOLLOW));
    errno = saved;
    return fd;
}

static bool tighten(const struct question *question, int fd)
{
    int result = arrival_tighten(question->rule, fd);
    question_log(question, result == 0 ? "tighten" : "refuse", result,
                 result == 0 ? NULL : "the arriving file's mode or ACL cannot be cut");
    if (result < 0)
        errno = -result;
    return result == 0;
}

static bool answer(struct question *question, int from_dir, const char *from, int flags)
{
    if (question->rule->rename == POLICY_RENAME_PASS)
        return true;
    if (config_get()->observe) {
        question_log(question, "observe-arrival", 0, NULL);
        return true;
    }
    bool by_descriptor = (flags & AT_EMPTY_PATH) && *from == '\0';
    int fd = by_descriptor ? from_dir : open_source(from_dir, from, flags & AT_SYMLINK_FOLLOW);
    if (fd < 0)
        return true;
    bool allowed = tighten(question, fd);
    if (!by_descriptor)
        sys_close(fd);
    return allowed;
}

bool arrive(int from_dir, const char *from, int to_dir, const char *to, int flags)
{
    if (!from || !question_is_open(to))
        return true;
    bool allowed = true;
    struct question question = {.resolve = 0};
    switch (question_ask(&question, to_dir, to)) {
    case QUESTION_FREE:
        break;
    case QUESTION_FAILED:
        allowed = false;
        break;
    case QUESTION_PROTECTED:
        /* Without its directory there is nowhere to arrive. */
        allowed = !question_open_directory(&question, to_dir, to) ||
                  answer(&question, from_dir, from, flags);
    }
    question_close(&question);
    return allowed;
}

bool arrive_by_rename(int from_dir, const char *from, int to_dir, const char *to, unsigned flags)
{
    return arrive(from_dir, from, to_dir, to, 0) &&
           (!(flags & RENAME_EXCHANGE) || arrive(to_dir, to, from_dir, from, 0));
}

mode_t clamp(int dirfd, const char *path, mode_t mode)
{
    if (!question_is_open(path))
        return mode;
    struct question question = {.resolve = 0};
    if (question_ask(&question, dirfd, path) == QUESTION_PROTECTED &&
        question.rule->chmod == POLICY_CHMOD_CLAMP && (mode & ~question.rule->mode) != 0) {
        bool observe = config_get()->observe;
        question_log(&question, observe ? "observe-chmod" : "clamp", 0, NULL);
        mode = observe ? mode : mode & question.rule->mode;
    }
    question_close(&question);
    return mode;
}

/* Each hook is two functions, so that the one that everybody pays for is a test and a jump. */
#define DEFINE_ARRIVAL(name, parameters, arguments, arrives)                                       \
    SLOW static int name##_any parameters                                                          \
    {                                                                                              \
        return arrives ? NEXT(name) arguments : -1;                                                \
    }                                                                                              \
    EXPORT int name parameters                                                                     \
    {                                                                                              \
        return LIKELY(NEXT_SINCE_START(name) && !question_is_open_since_start(to))                 \
                   ? NEXT_SINCE_START(name) arguments                                              \
                   : name##_any arguments;                                                         \
    }

DEFINE_ARRIVAL(rename, (const char *from, const char *to), (from, to),
               arrive(AT_FDCWD, from, AT_FDCWD, to, 0))
DEFINE_ARRIVAL(renameat, (int from_dir, const char *from, int to_dir, const char *to),
               (from_dir, from, to_dir, to), arrive(from_dir, from, to_dir, to, 0))
DEFINE_ARRIVAL(link, (const char *from, const char *to), (from, to),
               arrive(AT_FDCWD, from, AT_FDCWD, to, 0))
DEFINE_ARRIVAL(linkat, (int from_dir, const char *from, int to_dir, const char *to, int flags),
               (from_dir, from, to_dir, to, flags), arrive(from_dir, from, to_dir, to, flags))

#ifdef __GLIBC__
/* An exchange makes both names arrive, so this one asks always. */
EXPORT int renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned flags)
{
    return arrive_by_rename(from_dir, from, to_dir, to, flags)
               ? NEXT(renameat2)(from_dir, from, to_dir, to, flags)
               : -1;
}
#endif

#define DEFINE_CHMOD(name, parameters, arguments, dirfd)                                           \
    SLOW static int name##_any parameters                                                          \
    {                                                                                              \
        mode = clamp(dirfd, path, mode);                                                           \
        return NEXT(name) arguments;                                                               \
    }                                                                                              \
    EXPORT int name parameters                                                                     \
    {                                                                                              \
        NEXT_TYPE(name) next = NEXT_SINCE_START(name);                                             \
        return LIKELY(next && !config_since_start()->policy->clamps) ? next arguments              \
                                                                     : name##_any arguments;       \
    }

DEFINE_CHMOD(chmod, (const char *path, mode_t mode), (path, mode), AT_FDCWD)
DEFINE_CHMOD(lchmod, (const char *path, mode_t mode), (path, mode), AT_FDCWD)
DEFINE_CHMOD(fchmodat, (int dirfd, const char *path, mode_t mode, int flags),
             (dirfd, path, mode, flags), dirfd)

EXPORT int fchmod(int fd, mode_t mode)
{
    return NEXT(fchmod)(fd, pending_tracks(fd) ? mode & pending_widest_mode(fd) : mode);
}

static bool is_access_acl(const char *name)
{
    return name && strcmp(name, "system.posix_acl_access") == 0;
}

/* Programs that copy an ACL expect file systems that have none. */
static int refuse_acl(void)
{
    errno = EOPNOTSUPP;
    return -1;
}

/* An access ACL holds a mode, and more: vim sets one after each close (acl(5)). */
static bool is_clamped_acl(const char *path, const char *name)
{
    return is_access_acl(name) && clamp(AT_FDCWD, path, 07777) != 07777;
}

EXPORT int setxattr(const char *path, const char *name, const void *value, size_t size, int flags)
{
    return is_clamped_acl(path, name) ? refuse_acl()
                                      : NEXT(setxattr)(path, name, value, size, flags);
}

EXPORT int lsetxattr(const char *path, const char *name, const void *value, size_t size, int flags)
{
    return is_clamped_acl(path, name) ? refuse_acl()
                                      : NEXT(lsetxattr)(path, name, value, size, flags);
}

EXPORT int fsetxattr(int fd, const char *name, const void *value, size_t size, int flags)
{
    return pending_tracks(fd) && is_access_acl(name) && pending_widest_mode(fd) != 07777
               ? refuse_acl()
               : NEXT(fsetxattr)(fd, name, value, size, flags);
}
