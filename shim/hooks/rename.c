/*
 * Hooks of rename(2), link(2) and their kin: what arrives at a protected name is cut to its rule's
 * mode (401).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/hooks/rename.h"
#include "shim/hooks/hook.h"

#include <sys/stat.h>
#include <unistd.h>

/* A descriptor of what arrives, or -1 with errno set. */
static int open_source(int dirfd, const char *path, bool follow)
{
    return NEXT(openat)(dirfd, path, O_PATH | O_CLOEXEC | (follow ? 0 : O_NOFOLLOW));
}

/* What the call itself would say of such a path needs no line. */
static bool is_about_the_path(int error)
{
    return error == ENOENT || error == ENOTDIR || error == EACCES || error == ELOOP ||
           error == ENAMETOOLONG;
}

/*
 * What can't be opened can't be cut to the rule's mode, so it does not arrive, even if the call
 * itself could go on: out of descriptors, or because the file is there a moment later.
 */
static bool refuse(const struct match *match)
{
    int error = errno;
    if (!is_about_the_path(error))
        match_log(match, "refuse", -error, "what arrives, or where, cannot be opened");
    errno = error;
    return false;
}

static void arrival_close(struct arrival *arrival)
{
    if (arrival->owned && arrival->fd >= 0)
        sys_close(arrival->fd);
    arrival->fd = -1;
}

static void arrival_end(struct arrival *arrival, bool failed)
{
    if (arrival->fd < 0)
        return;
    if (failed)
        (void)permissions_restore(arrival->fd, &arrival->saved);
    permissions_forget(&arrival->saved);
    arrival_close(arrival);
}

/* A directory, link or FIFO arrives as it is, and nothing is said of it. */
static bool is_left_alone(int fd)
{
    struct statx status;
    return fd >= 0 && sys_fstat(fd, &status) == 0 && !S_ISREG(status.stx_mode);
}

static bool tighten(const struct match *match, struct arrival *arrival)
{
    int result = permissions_save(arrival->fd, &arrival->saved);
    bool known = result == 0;
    if (known)
        result = permissions_tighten(match->rule, arrival->fd);
    /* What the program is told, whatever the reason. */
    match_log(match, result == 0 ? "tighten" : "refuse", result == 0 ? 0 : -EPERM,
              result == 0 ? NULL : "the arriving file's mode or ACL cannot be cut");
    if (result == 0)
        return true;
    arrival_end(arrival, known);
    errno = EPERM;
    return false;
}

static bool answer(const struct match *match, int from_dir, const char *from, int flags,
                   struct arrival *arrival)
{
    if (match->rule->rename == POLICY_RENAME_PASS)
        return true;
    int saved = errno;
    arrival->owned = !((flags & AT_EMPTY_PATH) && *from == '\0');
    arrival->fd =
        arrival->owned ? open_source(from_dir, from, flags & AT_SYMLINK_FOLLOW) : from_dir;
    bool left_alone = is_left_alone(arrival->fd);
    if (!left_alone && !config_get()->observe)
        return arrival->fd < 0 ? refuse(match) : tighten(match, arrival);
    if (!left_alone)
        match_log(match, "observe-arrival", 0, NULL);
    arrival_close(arrival);
    errno = saved;
    return true;
}

/* If `to` is protected, `from` is cut to the rule's mode.  False with errno set. */
static bool arrive(int from_dir, const char *from, int to_dir, const char *to, int flags,
                   struct arrival *arrival)
{
    arrival->fd = -1;
    if (is_null(from) || !may_be_protected(to))
        return true;
    bool allowed = true;
    struct match match = {.resolve = 0};
    switch (match_path(&match, to_dir, to)) {
    case MATCH_NONE:
        break;
    case MATCH_FAILED:
        allowed = false;
        break;
    case MATCH_PROTECTED:
        if (!match_open_directory(&match, to_dir, to))
            allowed = refuse(&match);
        else
            allowed = match_is_system(&match, to_dir, to) ||
                      answer(&match, from_dir, from, flags, arrival);
    }
    match_close(&match);
    return allowed;
}

/*
 * What is pending under the name is published, so that there is something to move (208); but not
 * for a call that fails because of where it leads.
 */
static bool publish_first(const struct move *move, int dirfd, const char *path, int flags,
                          struct place *place, bool *located)
{
    struct pending_view view;
    int result = 0;
    bool viewed = (flags & AT_SYMLINK_FOLLOW) &&
                  (names_find_descriptor(dirfd, path, &view) || names_find(dirfd, path, &view));
    *located = !viewed && names_locate(dirfd, path, place);
    bool reached = !(viewed || *located) || names_reach(move->to_dir, move->to);
    if ((flags & AT_EMPTY_PATH) && !is_null(path) && *path == '\0')
        result = pending_publish_fd(dirfd);
    else if (viewed && reached)
        result = pending_publish_viewed(&view);
    else if (*located && reached)
        result = pending_publish_named(&place->directory, place->name);
    if (viewed)
        pending_view_close(&view);
    if (result < 0)
        errno = -result;
    return reached && result >= 0;
}

/* Else the call itself says so. */
static bool source_is_there(const struct move *move)
{
    struct pending_view view;
    struct writer_id id;
    int follow = move->link_flags & AT_SYMLINK_FOLLOW ? 0 : AT_SYMLINK_NOFOLLOW;
    if (names_look_at(move->from_dir, move->from, follow | (move->link_flags & AT_EMPTY_PATH), &id))
        return true;
    bool pending = names_find(move->from_dir, move->from, &view);
    if (pending)
        pending_view_close(&view);
    return pending;
}

/* link(2) and RENAME_NOREPLACE onto a name that only a pending file has. */
static bool meets_pending(const struct move *move)
{
    int saved = errno;
    struct pending_view view;
    if (!(move->links || (move->flags & RENAME_NOREPLACE)))
        return false;
    enum names_target target = names_target(move->to_dir, move->to, AT_SYMLINK_NOFOLLOW, &view);
    if (target == NAMES_PLAIN)
        return false;
    pending_view_close(&view);
    bool meets = target == NAMES_PENDING && source_is_there(move);
    errno = meets ? EEXIST : saved;
    return meets;
}

static bool prepare_pending(struct move *move)
{
    if (meets_pending(move) || !publish_first(move, move->from_dir, move->from, move->link_flags,
                                              &move->left, &move->leaves_pending))
        return false;
    if (move->flags & RENAME_EXCHANGE)
        return publish_first(move, move->to_dir, move->to, 0, &move->place,
                             &move->replaces_pending);
    move->replaces_pending = names_locate_settled(move->to_dir, move->to, &move->place);
    return true;
}

bool move_begin(struct move *move)
{
    move->exchanged.fd = -1;
    move->leaves_pending = move->replaces_pending = false;
    if (pending_ever() && !prepare_pending(move))
        return false;
    if (!arrive(move->from_dir, move->from, move->to_dir, move->to, move->link_flags,
                &move->arrival))
        return false;
    if (!(move->flags & RENAME_EXCHANGE) ||
        arrive(move->to_dir, move->to, move->from_dir, move->from, 0, &move->exchanged))
        return true;
    int saved = errno;
    arrival_end(&move->arrival, true);
    errno = saved;
    return false;
}

/* A call may say that it failed, and be done: BUGS of rename(2), for NFS. */
static bool stands_for(int dirfd, const char *path, int fd)
{
    struct writer_id id;
    struct statx status;
    int saved = errno;
    bool stands = fd >= 0 && names_look_at(dirfd, path, AT_SYMLINK_NOFOLLOW, &id) &&
                  sys_fstat(fd, &status) == 0 && writer_id_matches(&id, &status);
    errno = saved;
    return stands;
}

long move_end(struct move *move, long result)
{
    bool failed = result < 0;
    arrival_end(&move->exchanged,
                failed && !stands_for(move->from_dir, move->from, move->exchanged.fd));
    arrival_end(&move->arrival, failed && !stands_for(move->to_dir, move->to, move->arrival.fd));
    if (result == 0 && move->replaces_pending)
        (void)pending_withdraw(&move->place.directory, move->place.name, move->place.namings);
    /* What was opened under it before what has moved may not come back there. */
    if (result == 0 && move->leaves_pending && !move->links)
        (void)pending_withdraw(&move->left.directory, move->left.name, move->left.namings);
    return result;
}

/*
 * Each hook is two functions, so that the one that everybody pays for is a test and a jump.  It is
 * no function that a header declares: see may_be_protected_since_start().
 */
#define DEFINE_ARRIVAL(name, parameters, arguments, ...)                                           \
    int hook_##name parameters __asm__(#name);                                                     \
    SLOW static int name##_slow parameters                                                         \
    {                                                                                              \
        struct move move = {__VA_ARGS__};                                                          \
        return move_begin(&move) ? (int)move_end(&move, NEXT(name) arguments) : -1;                \
    }                                                                                              \
    EXPORT int hook_##name parameters                                                              \
    {                                                                                              \
        return LIKELY(NEXT_QUICK(name) && !may_be_protected_since_start(to))                       \
                   ? NEXT_QUICK(name) arguments                                                    \
                   : name##_slow arguments;                                                        \
    }

DEFINE_ARRIVAL(rename, (const char *from, const char *to), (from, to), .from_dir = AT_FDCWD,
               .from = from, .to_dir = AT_FDCWD, .to = to)
DEFINE_ARRIVAL(renameat, (int from_dir, const char *from, int to_dir, const char *to),
               (from_dir, from, to_dir, to), .from_dir = from_dir, .from = from, .to_dir = to_dir,
               .to = to)
DEFINE_ARRIVAL(link, (const char *from, const char *to), (from, to), .from_dir = AT_FDCWD,
               .from = from, .to_dir = AT_FDCWD, .to = to, .links = true)
DEFINE_ARRIVAL(linkat, (int from_dir, const char *from, int to_dir, const char *to, int flags),
               (from_dir, from, to_dir, to, flags), .from_dir = from_dir, .from = from,
               .to_dir = to_dir, .to = to, .links = true, .link_flags = flags)

#ifdef __GLIBC__
/* An exchange makes both names arrive, so this one asks always. */
EXPORT int renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned flags)
{
    struct move move = {
        .from_dir = from_dir, .from = from, .to_dir = to_dir, .to = to, .flags = flags};
    return move_begin(&move)
               ? (int)move_end(&move, NEXT(renameat2)(from_dir, from, to_dir, to, flags))
               : -1;
}
#endif
