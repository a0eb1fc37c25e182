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

bool preload_is_ours(struct slice element)
{
    const char *slash = memrchr(element.bytes, '/', element.length);
    size_t directory = slash ? (size_t)(slash + 1 - element.bytes) : 0;
    return slice_equals(slice_after(element, directory), slice_of(LIBRARY));
}

bool preload_has_ours(const char *list)
{
    struct slice element;
    while (preload_next(&list, &element))
        if (preload_is_ours(element))
            return true;
    return false;
}

bool preload_is_certain(char *const environment[])
{
    static const char key[] = PRELOAD_VARIABLE "=";
    bool found = false;
    for (char *const *entry = environment; entry && *entry; entry++) {
        if (strncmp(*entry, key, sizeof key - 1) != 0)
            continue;
        if (!preload_has_ours(*entry + sizeof key - 1))
            return false;
        found = true;
    }
    return found;
}
