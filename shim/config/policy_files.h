/*
 * The files of a policy: the one that was asked for, and all that it includes.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SHIM_CONFIG_POLICY_FILES_H
#define OWNERONLY_SHIM_CONFIG_POLICY_FILES_H

#include "policy/file/policy_file.h"
#include "shim/base/text_file.h"
#include "shim/config/trust.h"

#include <limits.h>

/* Files that include one another in a chain, and files altogether. */
#define POLICY_FILES_DEPTH_MAX 8
#define POLICY_FILES_MAX 64

/* Large, and zero at first: for mmap(2), where most of it is never touched. */
struct policy_files {
    size_t piece_count;
    size_t file_count;
    struct policy_piece pieces[2 * POLICY_FILES_MAX + 2]; /* an include ends one, begins another */
    struct {
        struct text_file text;
        struct statx status;
        char path[PATH_MAX];
    } files[POLICY_FILES_MAX];
    struct trust trust; /* to read the next one */
};

/*
 * Reads a file and what it includes into files->pieces, behind those that are there, in the order
 * in which they count.  Does not return if a file cannot be read, is not to be trusted, or includes
 * itself: fatal_file().
 */
void policy_files_read(struct policy_files *files, const char *path);

/* The same, but the file may be without a rule. */
void policy_files_read_drop_in(struct policy_files *files, const char *path);

/* A piece that is no file: globs, or the built-in rule.  At most twice. */
void policy_files_add_text(struct policy_files *files, const char *text, bool is_globs);

/* Once they are parsed: what they read and mapped. */
void policy_files_release(struct policy_files *files);

#endif
