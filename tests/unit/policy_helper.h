/*
 * A policy out of a text, in memory of exactly the promised size: the sanitizer sees every byte
 * beyond it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_TESTS_UNIT_POLICY_HELPER_H
#define OWNERONLY_TESTS_UNIT_POLICY_HELPER_H

#include "policy/file/policy_file.h"

#include <stdlib.h>
#include <string.h>

#define HOME "/home/u[1]"
#define TRAINERS 4242

static inline bool group_id(const char *name, size_t length, gid_t *gid)
{
    *gid = TRAINERS;
    return length == strlen("trainers") && memcmp(name, "trainers", length) == 0;
}

static const struct policy_context with_home = {.home = HOME, .group_id = group_id};
static const struct policy_context without_home = {.home = NULL, .group_id = group_id};

struct policy_read {
    void *memory;
    const struct policy *policy; /* NULL: see error */
    struct policy_error error;
};

/* Behind the memory that was promised to be enough: what is written there is seen without a
 * sanitizer, too. */
#ifdef __SANITIZE_ADDRESS__
#define POLICY_GUARD_SIZE 0
#else
#define POLICY_GUARD_SIZE 256
#endif

static inline void *policy_memory(size_t size)
{
    void *memory = malloc(size + POLICY_GUARD_SIZE);
    if (!memory)
        abort();
    memset(memory, 0xA5, size + POLICY_GUARD_SIZE);
    return memory;
}

static inline void policy_memory_check(const void *memory, size_t size)
{
    const unsigned char *guard = (const unsigned char *)memory + size;
    for (const unsigned char *byte = guard; byte != guard + POLICY_GUARD_SIZE; byte++)
        if (*byte != 0xA5)
            abort();
}

/* policy_read_free() it. */
static inline struct policy_read policy_read(struct policy_piece piece,
                                             const struct policy_context *context)
{
    struct policy_read read = {0};
    size_t size = policy_memory_size(&piece, 1, context);
    char *copy = malloc(piece.length + 1); /* one more: nobody may be handed a NULL for no bytes */

    read.memory = policy_memory(size);
    if (!copy)
        abort();
    memset(&read.error, 0xA5, sizeof read.error);
    memcpy(copy, piece.text, piece.length);
    piece.text = copy;
    read.policy = policy_parse(&piece, 1, context, read.memory, &read.error);
    policy_memory_check(read.memory, size);
    free(copy); /* the policy may not point into it */
    return read;
}

/* A policy file's text, without a name. */
static inline struct policy_read policy_read_text(const char *text, size_t length,
                                                  const struct policy_context *context)
{
    return policy_read(
        (struct policy_piece){.text = text, .length = length, .line = 1, .is_all = true}, context);
}

/* The value of OWNERONLY_MATCH. */
static inline struct policy_read policy_read_globs(const char *globs, size_t length,
                                                   const struct policy_context *context)
{
    return policy_read((struct policy_piece){.text = globs, .length = length, .is_globs = true},
                       context);
}

static inline void policy_read_free(struct policy_read *read)
{
    free(read->memory);
}

static inline enum policy_answer ask(const struct policy *policy, const char *directory,
                                     const char *name, const struct policy_rule **rule)
{
    return policy_match(policy, directory, directory ? strlen(directory) : 0, name, strlen(name),
                        rule);
}

#endif
