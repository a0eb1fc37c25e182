/*
 * A policy out of a text, in memory of exactly the promised size: the sanitizer sees every byte
 * beyond it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_POLICY_HELPER_H
#define OWNERONLY_POLICY_HELPER_H

#include "policy/rules/policy.h"

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

typedef const struct policy *policy_reader(const char *text, size_t text_length,
                                           const struct policy_context *context, void *memory,
                                           struct policy_error *error);

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
static inline struct policy_read policy_read(policy_reader *reader, const char *text, size_t length,
                                             const struct policy_context *context)
{
    struct policy_read read = {0};
    size_t size = policy_memory_size(length, context);
    char *copy = malloc(length + 1); /* one more: nobody may be handed a NULL for no bytes */

    read.memory = policy_memory(size);
    if (!copy)
        abort();
    memset(&read.error, 0xA5, sizeof read.error);
    memcpy(copy, text, length);
    read.policy = reader(copy, length, context, read.memory, &read.error);
    policy_memory_check(read.memory, size);
    free(copy); /* the policy may not point into it */
    return read;
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
