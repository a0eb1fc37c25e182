/*
 * As GLib does it: owner-only, whole and durable, and it syncs the directory too.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "write.h"

#include <glib.h>

void write_file(const char *path, const void *data, size_t size)
{
    GError *error = NULL;
    GFileSetContentsFlags flags = G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE;
    if (!g_file_set_contents_full(path, data, (gssize)size, flags, 0600, &error))
        errx(1, "%s", error->message);
}
