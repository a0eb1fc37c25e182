/*
 * From a path to the rule that protects it, if one does.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_QUESTION_H
#define OWNERONLY_QUESTION_H

#include "config.h"

#include <string.h>

struct question {
    const struct policy_rule *rule;
    const char *name; /* the path's last component */
    int directory;    /* its directory, O_PATH, or -1 as long as nobody needed it */
    uint64_t resolve; /* RESOLVE_ flags for the way to the directory: openat2(2) */
};

enum question_answer {
    QUESTION_FREE,      /* no rule matches */
    QUESTION_PROTECTED, /* question->rule does */
    QUESTION_FAILED     /* errno: what the plain call would have said, or EACCES without /proc */
};

/* A cheap test to make first: can any rule match this path? */
static inline bool question_is_open(const char *path)
{
    return path && policy_may_match(config_get()->policy, path, strlen(path));
}

/* The same for a hook that knows by NEXT_SINCE_START() that the configuration is loaded. */
static inline bool question_is_open_since_start(const char *path)
{
    return path && policy_may_match(config_since_start()->policy, path, strlen(path));
}

/* The caller ends every question with question_close(), whatever the answer. */
enum question_answer question_ask(struct question *question, int dirfd, const char *path);

/* Opens question->directory if it is not open yet; false with errno set. */
bool question_open_directory(struct question *question, int dirfd, const char *path);

void question_close(struct question *question);

/* One line in the log; reason may be NULL. */
void question_log(const struct question *question, const char *action, int result,
                  const char *reason);

#endif
