/*
 * The text of a glob becomes elements, a wildcard or a byte each; mistakes are found here.
 *
 * What could never match, or would be read in two ways, is refused: a glob that silently protects
 * nothing is worse than a policy that does not load.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "policy/glob/bracket.h"
#include "policy/glob/glob.h"

struct compiler {
    struct slice rest; /* of the text */
    struct arena *arena;
    struct byte_set *sets;
    uint16_t *elements;
    size_t length;    /* of elements */
    size_t component; /* the first element behind the last '/' */
    uint16_t set_count;
    bool has_slash;
};

size_t glob_text_length(struct slice list, bool (*separates)(char))
{
    size_t i = 0;
    while (i < list.length && !separates(list.bytes[i]))
        i += bracket_item_length(slice_after(list, i));
    return i;
}

static void put(struct compiler *compiler, uint16_t element)
{
    compiler->elements[compiler->length++] = element;
}

static bool component_is(const struct compiler *compiler, const uint16_t *elements, size_t length)
{
    return compiler->length - compiler->component == length &&
           memcmp(compiler->elements + compiler->component, elements, length * sizeof *elements) ==
               0;
}

static const char *check_component(const struct compiler *compiler)
{
    static const uint16_t dots[] = {'.', '.'};

    if (compiler->length == compiler->component)
        return "can't match: it has an empty component ('/' at its end, or '//')";
    if (component_is(compiler, dots, 1) || component_is(compiler, dots, 2))
        return "can't match: a real path has no component '.' or '..'";
    return NULL;
}

static const char *put_slash(struct compiler *compiler)
{
    static const uint16_t tree[] = {GLOB_DOUBLE_STAR};
    const char *problem = check_component(compiler);

    if (problem)
        return problem;
    if (component_is(compiler, tree, 1)) {
        compiler->length--;
        if (compiler->elements[compiler->length - 1] != GLOB_DIRECTORIES)
            put(compiler, GLOB_DIRECTORIES);
    } else {
        put(compiler, '/');
    }
    compiler->component = compiler->length;
    compiler->has_slash = true;
    return NULL;
}

static const char *put_byte(struct compiler *compiler, char byte)
{
    if (byte == '/')
        return put_slash(compiler);
    put(compiler, (unsigned char)byte);
    return NULL;
}

static const char *put_escaped(struct compiler *compiler)
{
    if (compiler->rest.length == 0)
        return "ends in a '\\' that escapes nothing; write '\\\\' for the character itself";
    char byte = compiler->rest.bytes[0];
    compiler->rest = slice_after(compiler->rest, 1);
    return put_byte(compiler, byte);
}

static const char *put_stars(struct compiler *compiler)
{
    uint16_t element = GLOB_STAR;
    for (; compiler->rest.length > 0 && compiler->rest.bytes[0] == '*'; element = GLOB_DOUBLE_STAR)
        compiler->rest = slice_after(compiler->rest, 1);
    put(compiler, element);
    return NULL;
}

/* Nothing else is taken from the arena meanwhile, so the sets of a glob lie side by side. */
static const char *put_set(struct compiler *compiler, struct slice bracket)
{
    struct byte_set *set = ARENA_TAKE(compiler->arena, struct byte_set, 1);
    if (compiler->set_count == 0)
        compiler->sets = set;
    put(compiler, (uint16_t)(GLOB_FIRST_SET + compiler->set_count++));
    return bracket_compile(bracket, set);
}

static const char *put_bracket(struct compiler *compiler, struct slice from_bracket)
{
    size_t length = bracket_length(from_bracket);
    if (length == 0)
        return "has a '[' without its ']'; write '\\[' for the character itself";
    compiler->rest = slice_after(from_bracket, length);
    return put_set(compiler, slice_first(from_bracket, length));
}

static const char *put_next(struct compiler *compiler)
{
    struct slice rest = compiler->rest;
    compiler->rest = slice_after(rest, 1);
    switch (rest.bytes[0]) {
    case '*':
        return put_stars(compiler);
    case '?':
        put(compiler, GLOB_ANY);
        return NULL;
    case '[':
        return put_bracket(compiler, rest);
    case '\\':
        return put_escaped(compiler);
    default:
        return put_byte(compiler, rest.bytes[0]);
    }
}

/* A glob that does not begin at the root may begin in any directory. */
static const char *put_beginning(struct compiler *compiler, struct slice home,
                                 struct policy_glob *glob)
{
    glob->root = (struct slice){"", 0};
    if (slice_begins(compiler->rest, slice_of("~/"))) {
        if (!home.bytes)
            return "begins with '~/', but the home directory is not known; write it out";
        glob->root = home;
        compiler->rest = slice_after(compiler->rest, 1);
    }
    put(compiler, '/');
    if (slice_begins(compiler->rest, slice_of("/"))) {
        compiler->rest = slice_after(compiler->rest, 1);
        compiler->has_slash = true;
    } else {
        put(compiler, GLOB_DIRECTORIES);
    }
    compiler->component = compiler->length;
    return NULL;
}

static const char *compile_elements(struct compiler *compiler, struct slice home,
                                    struct policy_glob *glob)
{
    const char *problem = put_beginning(compiler, home, glob);
    while (!problem && compiler->rest.length > 0)
        problem = put_next(compiler);
    return problem ? problem : check_component(compiler);
}

/*
 * Where the elements begin that can be tried on the last component alone.  A "**" in it may reach
 * back into the directory, and takes what stands before it along.
 */
static size_t name_start(const struct compiler *compiler)
{
    size_t start = compiler->component;
    for (size_t i = start; compiler->has_slash && i < compiler->length; i++)
        if (compiler->elements[i] == GLOB_DOUBLE_STAR)
            start = i;
    return start;
}

static struct slice copy_ending(const struct compiler *compiler)
{
    size_t start = compiler->length;
    while (start > compiler->component && compiler->elements[start - 1] < GLOB_END)
        start--;
    size_t length = compiler->length - start;
    char *ending = ARENA_TAKE(compiler->arena, char, length);
    for (size_t i = 0; i < length; i++)
        ending[i] = (char)compiler->elements[start + i];
    return (struct slice){ending, length};
}

static enum glob_shape shape(const struct compiler *compiler, const struct policy_glob *glob)
{
    static const uint16_t anywhere[] = {'/', GLOB_DIRECTORIES};
    const uint16_t *elements = compiler->elements;
    size_t length = compiler->length - glob->name_start;

    if (glob->root.length > 0 || glob->name_start != 2 ||
        memcmp(elements, anywhere, sizeof anywhere) != 0)
        return GLOB_PATH;
    if (length == glob->ending.length)
        return GLOB_EXACT;
    bool star = elements[2] == GLOB_STAR || elements[2] == GLOB_DOUBLE_STAR;
    return star && length == glob->ending.length + 1 ? GLOB_SUFFIX : GLOB_NAME;
}

static struct slice copy(struct arena *arena, struct slice slice)
{
    char *bytes = ARENA_TAKE(arena, char, slice.length);
    memcpy(bytes, slice.bytes, slice.length);
    return (struct slice){bytes, slice.length};
}

const char *glob_compile(struct policy_glob *glob, struct slice text, struct slice home,
                         struct arena *arena)
{
    if (text.length > GLOB_LENGTH_MAX)
        return "is longer than a path can be";

    struct compiler compiler = {.rest = text, .arena = arena};
    compiler.elements = ARENA_TAKE(arena, uint16_t, text.length + GLOB_ELEMENTS_MORE);
    const char *problem = compile_elements(&compiler, home, glob);
    if (problem)
        return problem;
    compiler.elements[compiler.length] = GLOB_END;

    glob->text = copy(arena, text);
    glob->elements = compiler.elements;
    glob->sets = compiler.sets;
    glob->last = compiler.elements[compiler.length - 1];
    glob->name_start = (uint16_t)name_start(&compiler);
    glob->ending = copy_ending(&compiler);
    glob->shape = shape(&compiler, glob);
    return NULL;
}
