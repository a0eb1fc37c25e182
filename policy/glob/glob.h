/*
 * One glob: compiled once, then matched against names without allocation or recursion.
 *
 * The dialect is described in owneronly.conf(5).  Everything is byte-wise, as in the C locale.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_POLICY_GLOB_GLOB_H
#define OWNERONLY_POLICY_GLOB_GLOB_H

#include "policy/base/arena.h"
#include "policy/base/byte_set.h"
#include "policy/base/slice.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GLOB_LENGTH_MAX (PATH_MAX - 1)

/* Elements that a glob can have beyond one for each byte of its text: its beginning and end. */
#define GLOB_ELEMENTS_MORE 3

/* What glob_compile() takes from the arena at most, in bytes, with padding. */
#define GLOB_MEMORY_EACH (GLOB_ELEMENTS_MORE * sizeof(uint16_t) + 2 * _Alignof(max_align_t))
#define GLOB_MEMORY_PER_BYTE (sizeof(uint16_t) + 2 * sizeof(char) + sizeof(struct byte_set) / 3 + 1)

enum glob_shape {
    GLOB_EXACT,  /* the ending is the whole name */
    GLOB_SUFFIX, /* "*", then the ending */
    GLOB_NAME,   /* any other glob for the last component alone */
    GLOB_PATH    /* the directory counts too */
};

/* An element below GLOB_END is that byte; from GLOB_FIRST_SET on, it is one of the glob's sets. */
enum glob_element {
    GLOB_END = 256,
    GLOB_ANY,         /* one byte, not '/' */
    GLOB_STAR,        /* any run without '/' */
    GLOB_DOUBLE_STAR, /* any run */
    GLOB_DIRECTORIES, /* nothing, or any run that ends in '/' */
    GLOB_FIRST_SET
};

struct policy_glob {
    const struct policy_glob *next; /* of the same key of the same rule */
    struct slice text;              /* as it was written */
    struct slice ending;            /* the bytes that every matching name ends with */
    unsigned line;                  /* 0: it has none */
    enum glob_shape shape;
    /* What follows is for the shapes that the ending alone does not settle. */
    uint16_t last;            /* element before GLOB_END */
    uint16_t name_start;      /* the elements from here on decide on the last component */
    const uint16_t *elements; /* for the path behind root */
    const struct byte_set *sets;
    struct slice root; /* what "~" stands for, else empty: matched as it is */
};

/* In order: a rule's verdict is that of its most certain glob. */
enum glob_verdict {
    GLOB_NO,
    GLOB_DEPENDS, /* on the directory, which was not given */
    GLOB_YES
};

/* Length of the first glob of a list, up to a byte that separates globs and is not escaped. */
size_t glob_text_length(struct slice list, bool (*separates)(char));

/*
 * Compiles text into *glob, with memory from the arena.  home is what a leading "~/" stands for,
 * without a trailing '/'; home.bytes is NULL when it is not known.
 * Returns NULL, or what is wrong, to be read after "glob 'TEXT' ".
 */
const char *glob_compile(struct policy_glob *glob, struct slice text, struct slice home,
                         struct arena *arena);

/* Does it match nearly any name, wherever? */
bool glob_is_wide(const struct policy_glob *glob);

/* Adds every byte that a matching name can end in. */
void glob_add_last_bytes(const struct policy_glob *glob, struct byte_set *set);

/* directory and name as in policy_match(); directory.bytes is NULL when it is not known. */
enum glob_verdict glob_match(const struct policy_glob *glob, struct slice directory,
                             struct slice name);

#endif
