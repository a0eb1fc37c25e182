/*
 * One line, and the end: without stdio, and before anything else of the process has run.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/config/fatal.h"
#include "shim/base/error_name.h"
#include "shim/base/quiet.h"
#include "shim/base/sys.h"

#include <limits.h>
#include <unistd.h>

void fatal_at(const char *where, unsigned line, const char *what)
{
    char buffer[5 * PATH_MAX + 512];
    struct text text = text_begin(buffer, sizeof buffer - 1);
    text_put(&text, "owneronly: ");
    text_put_escaped(&text, slice_of(where), '\0');
    if (line > 0) {
        text_put(&text, ":");
        text_put_number(&text, line);
    }
    text_put(&text, ": ");
    text_put(&text, what);
    buffer[text.length] = '\n';
    /* A pipe that is full or closed is no reason to wait, or to end in another way. */
    struct statx status;
    if (sys_fstat(STDERR_FILENO, &status) == 0)
        (void)quiet_write(STDERR_FILENO, status.stx_mode, buffer, text.length + 1);
    sys_call(SYS_exit_group, FATAL_EXIT_STATUS, 0, 0, 0, 0);
    __builtin_unreachable();
}

void fatal_file(const char *where, const char *what, int error,
                const struct fatal_includer *includer)
{
    char buffer[PATH_MAX + 256];
    struct text text = text_begin(buffer, sizeof buffer);
    text_put(&text, what);
    if (error != 0) {
        text_put(&text, ": ");
        error_name_add(&text, error);
    }
    if (includer->file) {
        text_put(&text, ", included in ");
        text_put_escaped(&text, slice_of(includer->file), '\0');
        text_put(&text, ":");
        text_put_number(&text, includer->line);
    }
    fatal_at(where, 0, buffer);
}
