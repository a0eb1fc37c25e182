/*
 * From a path to a rule.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "question.h"
#include "log.h"
#include "next.h"
#include "path.h"
#include "proc.h"

#define DIRECTORY_FLAGS (O_PATH | O_DIRECTORY | O_CLOEXEC)

/* What changes paths (a fake root) must see them, so the next function in line opens this one. */
bool question_open_directory(struct question *question, int dirfd, const char *path)
{
    if (question->directory >= 0)
        return true;
    char directory[PATH_MAX];
    int result = path_directory(path, question->name, directory);
    if (result < 0) {
        errno = -result;
        return false;
    }
    if (question->resolve != 0) {
        struct open_how how = {.flags = DIRECTORY_FLAGS, .resolve = question->resolve};
        question->directory =
            (int)NEXT(syscall)((long)SYS_openat2, (long)dirfd, directory, &how, sizeof how);
    } else {
        question->directory = NEXT(openat)(dirfd, directory, DIRECTORY_FLAGS);
    }
    return question->directory >= 0;
}

/* A rule with a '/' is about the real path, whatever links led there. */
static enum question_answer ask_about_directory(struct question *question)
{
    char real[PATH_MAX];
    ssize_t length = proc_real_directory(question->directory, real, sizeof real);
    if (length < 0) {
        question_log(question, "refuse", -EACCES, "the real path is not known without /proc");
        errno = EACCES;
        return QUESTION_FAILED;
    }
    return policy_match(config_get()->policy, real, (size_t)length, question->name,
                        strlen(question->name), &question->rule) == POLICY_MATCH
               ? QUESTION_PROTECTED
               : QUESTION_FREE;
}

enum question_answer question_ask(struct question *question, int dirfd, const char *path)
{
    question->rule = NULL;
    question->name = path_name(path, strlen(path));
    question->directory = -1;
    size_t length = strlen(question->name);
    if (path_name_is_directory(question->name) || length > NAME_MAX)
        return QUESTION_FREE;
    switch (policy_match(config_get()->policy, NULL, 0, question->name, length, &question->rule)) {
    case POLICY_MATCH:
        return QUESTION_PROTECTED;
    case POLICY_NO_MATCH:
        return QUESTION_FREE;
    case POLICY_NEEDS_DIRECTORY:
        break;
    }
    return question_open_directory(question, dirfd, path) ? ask_about_directory(question)
                                                          : QUESTION_FAILED;
}

void question_close(struct question *question)
{
    if (question->directory >= 0)
        sys_close(question->directory);
}

void question_log(const struct question *question, const char *action, int result,
                  const char *reason)
{
    log_decision(&(struct log_decision){
        .action = action,
        .rule = question->rule,
        .directory = question->directory >= 0 ? question->directory : AT_FDCWD,
        .name = question->name,
        .result = result,
        .reason = reason,
    });
}
