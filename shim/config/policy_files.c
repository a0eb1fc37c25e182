/*
 * Reads files and what they include, and cuts them into pieces.
 *
 * An included file decides as much as the one that includes it, so it is trusted on the same terms.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/config/policy_files.h"
#include "policy/base/text.h"
#include "shim/base/path.h"
#include "shim/config/fatal.h"

#include <sys/stat.h>

/* The files that are being read: each one includes the next. */
struct chain {
    size_t depth; /* of the last one */
    struct level {
        size_t file;
        struct policy_piece rest; /* what is not read yet */
    } levels[POLICY_FILES_DEPTH_MAX];
};

/* Whoever can write the policy, or put another one there, decides what is protected. */
static void look_at(struct trust *trust, const char *path, const struct fatal_includer *includer)
{
    char what[PATH_MAX + 128];
    struct text text = text_begin(what, sizeof what);
    if (trust_walk(trust, path, TRUST_POLICY))
        return;
    trust_problem(trust, path, &text);
    fatal_file(path, what, 0, includer);
}

static bool includes_itself(const struct policy_files *files, const struct chain *chain,
                            size_t file)
{
    for (size_t i = 0; i < chain->depth; i++)
        if (sys_same_file(&files->files[chain->levels[i].file].status, &files->files[file].status))
            return true;
    return false;
}

/* Reads the file whose path is set already, as the chain's last. */
static void enter(struct policy_files *files, struct chain *chain,
                  const struct fatal_includer *includer)
{
    size_t file = files->file_count++;
    const char *path = files->files[file].path;
    struct text_file *text = &files->files[file].text;
    struct statx *status = &files->files[file].status;
    look_at(&files->trust, path, includer);
    int result = text_file_read(files->trust.path, text, status);
    if (result == -EINVAL)
        fatal_file(path, "is not a regular file", 0, includer);
    if (result < 0)
        fatal_file(path, "cannot be read", -result, includer);
    if (!sys_same_file(status, &files->trust.status))
        fatal_file(path, "was replaced while it was read", 0, includer);
    if (includes_itself(files, chain, file))
        fatal_file(path, "includes itself", 0, includer);
    chain->levels[chain->depth] =
        (struct level){file, {path, text->text, text->length, 1, true, false}};
}

/* A relative path starts from the directory of the file that includes it. */
static bool join(char path[PATH_MAX], const char *includer, const struct policy_include *include)
{
    size_t directory = 0;
    if (include->path[0] != '/')
        directory = (size_t)(path_name(includer, strlen(includer)) - includer);
    if (directory + include->path_length >= PATH_MAX)
        return false;
    memcpy(path, includer, directory);
    memcpy(path + directory, include->path, include->path_length);
    path[directory + include->path_length] = '\0';
    return true;
}

static void enter_included(struct policy_files *files, struct chain *chain,
                           const struct policy_include *include)
{
    const char *path = files->files[chain->levels[chain->depth].file].path;
    if (files->file_count == POLICY_FILES_MAX)
        fatal_at(path, include->line, "is one file more than the 64 that a policy can have");
    if (++chain->depth == POLICY_FILES_DEPTH_MAX)
        fatal_at(path, include->line, "includes more than 8 files deep");
    if (!join(files->files[files->file_count].path, path, include))
        fatal_at(path, include->line, "includes a path that is too long");
    enter(files, chain, &(struct fatal_includer){path, include->line});
}

/* Takes what stands before the include, and its line, off the rest. */
static struct policy_piece cut(struct policy_piece *rest, const struct policy_include *include)
{
    struct policy_piece before = *rest;
    before.length = include->begin;
    before.is_all = false;
    rest->text += include->end;
    rest->length -= include->end;
    rest->line = include->line + 1;
    rest->is_all = false;
    return before;
}

static void add_piece(struct policy_files *files, struct policy_piece piece)
{
    files->pieces[files->piece_count++] = piece;
}

void policy_files_add_text(struct policy_files *files, const char *text, bool is_globs)
{
    add_piece(files, (struct policy_piece){.text = text,
                                           .length = strlen(text),
                                           .line = !is_globs,
                                           .is_all = !is_globs,
                                           .is_globs = is_globs});
}

/* Sets out with the file whose path is that of the next one. */
static void set_out(struct policy_files *files, struct chain *chain, const char *path)
{
    static const struct fatal_includer nobody = {NULL, 0};
    size_t length = strlen(path);
    if (files->file_count == POLICY_FILES_MAX)
        fatal_file(path, "is one file more than the 64 that a policy can have", 0, &nobody);
    if (length >= PATH_MAX)
        fatal_file(path, "cannot be read", ENAMETOOLONG, &nobody);
    memcpy(files->files[files->file_count].path, path, length + 1);
    chain->depth = 0;
    enter(files, chain, &nobody);
}

static void read_all(struct policy_files *files, struct chain *chain)
{
    for (;;) {
        struct policy_piece *rest = &chain->levels[chain->depth].rest;
        struct policy_include include;
        if (policy_find_include(rest, &include)) {
            add_piece(files, cut(rest, &include));
            enter_included(files, chain, &include);
            continue;
        }
        add_piece(files, *rest);
        if (chain->depth == 0)
            return;
        chain->depth--;
    }
}

void policy_files_read(struct policy_files *files, const char *path)
{
    struct chain chain;
    set_out(files, &chain, path);
    read_all(files, &chain);
}

void policy_files_read_drop_in(struct policy_files *files, const char *path)
{
    struct chain chain;
    set_out(files, &chain, path);
    chain.levels[0].rest.is_all = false;
    read_all(files, &chain);
}

void policy_files_release(struct policy_files *files)
{
    for (size_t i = 0; i < files->file_count; i++)
        text_file_release(&files->files[i].text);
}
