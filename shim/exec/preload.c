/*
 * The elements of LD_PRELOAD are separated by spaces or colons.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/exec/preload.h"

#define LIBRARY "libowneronly.so"

bool preload_next(const char **list, struct slice *element)
{
    if (!**list)
        return false;
    *element = (struct slice){*list, strcspn(*list, " :")};
    *list += element->length;
    *list += **list != '\0';
    return true;
}

static struct slice file_name(struct slice element)
{
    const char *slash = memrchr(element.bytes, '/', element.length);
    return slice_after(element, slash ? (size_t)(slash + 1 - element.bytes) : 0);
}

bool preload_is_ours(struct slice element)
{
    return slice_equals(file_name(element), slice_of(LIBRARY));
}

bool preload_is_sanitizer(struct slice element)
{
    static const char names[][15] = {"libasan.",  "libtsan.",   "liblsan.",
                                     "libubsan.", "libhwasan.", "libclang_rt."};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (slice_begins(file_name(element), slice_of(names[i])))
            return true;
    return false;
}

bool preload_has_ours(const char *list)
{
    struct slice element;
    while (preload_next(&list, &element))
        if (preload_is_ours(element))
            return true;
    return false;
}
