/*
 * Matching.
 *
 * On a mismatch the last wildcard takes more, and no wildcard before it is ever tried again: the
 * leftmost fit of what stands between two wildcards leaves the later one the most room.  With '/'
 * in play that holds on two levels.  A "*" can't cross a '/', so when it is exhausted, the last
 * wildcard that can ("**" or whole directories) takes more instead.  Within a level, what stands
 * between two "*" either holds no '/', or has only one place: at the next '/' of the text.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "policy/glob/glob.h"

/* A name, or a path as the two parts it is known by: the program's string stays where it is. */
struct subject {
    struct slice head;
    struct slice tail; /* behind a '/' that is not stored */
    size_t length;     /* of head, or of all three */
};

/* Where to go on once a wildcard took one byte, or one directory, more. */
struct retry {
    bool possible;
    size_t element; /* behind the wildcard */
    size_t offset;  /* in the subject */
};

static char byte_at(const struct subject *subject, size_t offset)
{
    if (offset < subject->head.length)
        return subject->head.bytes[offset];
    if (offset == subject->head.length)
        return '/';
    return subject->tail.bytes[offset - subject->head.length - 1];
}

static bool fits(const struct policy_glob *glob, uint16_t element, unsigned char byte)
{
    if (element < GLOB_END)
        return element == byte;
    if (element >= GLOB_FIRST_SET)
        return byte_set_has(&glob->sets[element - GLOB_FIRST_SET], byte);
    return element == GLOB_ANY && byte != '/';
}

static bool extend_star(struct retry *star, const struct subject *subject)
{
    star->possible =
        star->possible && star->offset < subject->length && byte_at(subject, star->offset) != '/';
    star->offset++;
    return star->possible;
}

static bool extend_tree(const struct policy_glob *glob, struct retry *tree,
                        const struct subject *subject)
{
    if (!tree->possible)
        return false;
    if (glob->elements[tree->element - 1] == GLOB_DIRECTORIES)
        while (tree->offset < subject->length && byte_at(subject, tree->offset) != '/')
            tree->offset++;
    return tree->offset++ < subject->length;
}

/* Do the elements from `element` on match the whole subject? */
static bool match_from(const struct policy_glob *glob, size_t element,
                       const struct subject *subject)
{
    struct retry star = {.possible = false};
    struct retry tree = {.possible = false};
    size_t offset = 0;

    for (;;) {
        uint16_t kind = glob->elements[element];

        if (kind == GLOB_STAR) {
            star = (struct retry){true, ++element, offset};
        } else if (kind == GLOB_DOUBLE_STAR || kind == GLOB_DIRECTORIES) {
            tree = (struct retry){true, ++element, offset};
            star.possible = false;
        } else if (kind == GLOB_END && offset == subject->length) {
            return true;
        } else if (offset < subject->length &&
                   fits(glob, kind, (unsigned char)byte_at(subject, offset))) {
            element++;
            offset++;
        } else if (extend_star(&star, subject)) {
            element = star.element;
            offset = star.offset;
        } else if (extend_tree(glob, &tree, subject)) {
            element = tree.element;
            offset = tree.offset;
        } else {
            return false;
        }
    }
}

static bool match_name(const struct policy_glob *glob, struct slice name)
{
    struct subject subject = {.head = name, .length = name.length};
    return match_from(glob, glob->name_start, &subject);
}

static bool match_path(const struct policy_glob *glob, struct slice directory, struct slice name)
{
    if (!slice_begins(directory, glob->root))
        return false;
    /* The elements begin with a '/', so root is whole components. */
    struct slice below = slice_after(directory, glob->root.length);
    struct subject subject = {below, name, below.length + 1 + name.length};
    return match_from(glob, 0, &subject);
}

enum glob_verdict glob_match(const struct policy_glob *glob, struct slice directory,
                             struct slice name)
{
    if (!slice_ends(name, glob->ending))
        return GLOB_NO;
    switch (glob->shape) {
    case GLOB_EXACT:
        return name.length == glob->ending.length ? GLOB_YES : GLOB_NO;
    case GLOB_SUFFIX:
        return GLOB_YES;
    case GLOB_NAME:
        return match_name(glob, name) ? GLOB_YES : GLOB_NO;
    default:
        if (!match_name(glob, name))
            return GLOB_NO;
        if (!directory.bytes)
            return GLOB_DEPENDS;
        return match_path(glob, directory, name) ? GLOB_YES : GLOB_NO;
    }
}

void glob_add_last_bytes(const struct policy_glob *glob, struct byte_set *set)
{
    if (glob->ending.length > 0)
        byte_set_add(set, (unsigned char)glob->ending.bytes[glob->ending.length - 1]);
    else if (glob->last >= GLOB_FIRST_SET)
        byte_set_join(set, &glob->sets[glob->last - GLOB_FIRST_SET]);
    else
        *set = (struct byte_set){{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}};
}

static bool has_most_bytes(const struct byte_set *set)
{
    unsigned count = 0;
    for (unsigned byte = 0; byte <= UINT8_MAX; byte++)
        count += byte_set_has(set, (unsigned char)byte);
    return count > UINT8_MAX / 2;
}

bool glob_is_wide(const struct policy_glob *glob)
{
    bool anywhere = false;
    bool any_length = false;
    if (glob->ending.length > 0 || glob->root.length > 0)
        return false;
    for (const uint16_t *element = glob->elements; *element != GLOB_END; element++) {
        bool is_set = *element >= GLOB_FIRST_SET;
        if (is_set ? !has_most_bytes(&glob->sets[*element - GLOB_FIRST_SET])
                   : *element < GLOB_END && *element != '/')
            return false;
        anywhere |= *element == GLOB_DIRECTORIES || *element == GLOB_DOUBLE_STAR;
        any_length = *element == '/'
                         ? false
                         : any_length || *element == GLOB_STAR || *element == GLOB_DOUBLE_STAR;
    }
    return anywhere && any_length;
}
