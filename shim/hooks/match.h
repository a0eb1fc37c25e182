/*
 * From a path to the rule that protects it, if one does.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SHIM_HOOKS_MATCH_H
#define OWNERONLY_SHIM_HOOKS_MATCH_H

#include "shim/base/guard.h"
#include "shim/config/config.h"

#include <string.h>

struct match {
    const struct policy_rule *rule;
    const char *name; /* the path's last component */
    int directory;    /* its directory, O_PATH, or -1 as long as nobody needed it */
    bool is_guarded;  /* from when the directory is opened until match_close() */
    uint64_t resolve; /* RESOLVE_ flags for the way to the directory: openat2(2) */
};

enum match_answer {
    MATCH_NONE,      /* no rule matches */
    MATCH_PROTECTED, /* match->rule does */
    MATCH_FAILED     /* errno: what the plain call would have said, or EACCES without /proc */
};

/*
 * Did the program pass no path at all?  libc's headers call these parameters nonnull, and the
 * compiler would leave the test out: it must not know what it tests.  The kernel says EFAULT.
 */
static inline bool is_null(const void *pointer)
{
    __asm__("" : "+r"(pointer));
    return pointer == NULL;
}

/* A cheap test to make first: can any rule match this path? */
static inline bool may_be_protected(const char *path)
{
    return !is_null(path) && policy_may_match(config_get()->policy, path, strlen(path));
}

/*
 * The same for a hook that knows by NEXT_SINCE_START() that the configuration is loaded.  And for
 * one that is defined under another name than the header's, which would call the path nonnull: so
 * the test costs one instruction, and not two.
 */
static inline bool may_be_protected_since_start(const char *path)
{
    return path && policy_may_match(config_since_start()->policy, path, strlen(path));
}

/* The caller ends every question with match_close(), whatever the answer. */
enum match_answer match_path(struct match *match, int dirfd, const char *path);

/* Opens match->directory if it is not open yet; false with errno set, and no guard entered. */
bool match_open_directory(struct match *match, int dirfd, const char *path);

/* Is it a name below /dev, /proc or /sys (104)? */
bool match_is_system(struct match *match, int dirfd, const char *path);

void match_close(struct match *match);

/* One line in the log; reason may be NULL. */
void match_log(const struct match *match, const char *action, int result, const char *reason);

#endif
