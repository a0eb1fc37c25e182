/*
 * Globs of OWNERONLY_MATCH, then OWNERONLY_POLICY, else the system's files, else the built-in rule.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/config/policy_source.h"
#include "policy/file/group_file.h"
#include "shim/base/memory.h"
#include "shim/base/proc.h"
#include "shim/base/text_file.h"
#include "shim/config/drop_ins.h"
#include "shim/config/fatal.h"
#include "shim/config/policy_files.h"
#include "shim/config/settings.h"

#include <string.h>

#define DROP_INS OWNERONLY_SYSTEM_POLICY ".d"

/* The real path of $HOME, which rules with "~/" compare real paths to. */
static const char *real_home(char path[PATH_MAX])
{
    const char *home = setting("HOME");
    int fd = home ? sys_openat(AT_FDCWD, home, O_PATH | O_DIRECTORY | O_CLOEXEC, 0) : -ENOENT;
    if (fd < 0)
        return NULL;
    ssize_t length = proc_real_path(fd, path, PATH_MAX);
    sys_close(fd);
    if (length <= 0)
        return NULL;
    path[length] = '\0';
    return path;
}

static bool group_id(const char *name, size_t length, gid_t *gid)
{
    struct text_file file;
    struct statx status;
    if (text_file_read("/etc/group", &file, &status) < 0)
        return false;
    bool found = group_file_find(file.text, file.length, name, length, gid);
    text_file_release(&file);
    return found;
}

static bool pieces_name_home(const struct policy_files *files)
{
    for (size_t i = 0; i < files->piece_count; i++)
        if (memmem(files->pieces[i].text, files->pieces[i].length, "~/", 2))
            return true;
    return false;
}

static const struct policy *parse(struct policy_files *files)
{
    char home[PATH_MAX];
    struct policy_context context = {pieces_name_home(files) ? real_home(home) : NULL, group_id};
    struct policy_error error;
    size_t size = policy_memory_size(files->pieces, files->piece_count, &context);
    void *memory = setting_memory(size);
    const struct policy *policy =
        policy_parse(files->pieces, files->piece_count, &context, memory, &error);
    if (!policy)
        fatal_at(error.file ? error.file : "OWNERONLY_MATCH", error.line, error.text);
    /* Any other file without a rule is refused by itself. */
    if (policy->rule_count == 0)
        fatal_at(DROP_INS, 0, "no rule, so nothing would be protected; begin one by [NAME]");
    memory_make_constant(memory, size);
    return policy;
}

/* What is there of the system's policy. */
struct system_policy {
    bool file;
    int drop_ins; /* the directory, or -errno */
};

/* A link that leads nowhere is there, and is refused when it is read. */
static struct system_policy look_for_system_policy(void)
{
    struct statx status;
    int result = sys_statx(AT_FDCWD, OWNERONLY_SYSTEM_POLICY, AT_SYMLINK_NOFOLLOW, &status);
    return (struct system_policy){result != -ENOENT && result != -ENOTDIR, drop_ins_open(DROP_INS)};
}

/* False: neither the file nor a drop-in. */
static bool read_system_policy(struct policy_files *files, const struct system_policy *system)
{
    if (system->file)
        policy_files_read(files, OWNERONLY_SYSTEM_POLICY);
    if (system->drop_ins < 0)
        return system->file;
    struct drop_ins *drop_ins = setting_memory(sizeof *drop_ins);
    drop_ins_read(drop_ins, DROP_INS, system->drop_ins);
    for (size_t i = 0; i < drop_ins->count; i++)
        policy_files_read_drop_in(files, drop_ins->paths[i]);
    bool any = system->file || drop_ins->count > 0;
    memory_unmap(drop_ins, sizeof *drop_ins);
    return any;
}

static void read_files(struct policy_files *files, struct config *config, const char *path,
                       const struct system_policy *system)
{
    if (path) {
        config->source = CONFIG_SOURCE_VARIABLE;
        policy_files_read(files, path);
    } else if (read_system_policy(files, system)) {
        config->source = CONFIG_SOURCE_SYSTEM;
    } else {
        policy_files_add_text(files, policy_builtin_text, false);
    }
}

void policy_source_find(struct config *config)
{
    const char *path = setting("OWNERONLY_POLICY");
    const char *globs = setting("OWNERONLY_MATCH");
    struct system_policy system = {false, -ENOENT};
    if (path && *path != '/')
        fatal_at("OWNERONLY_POLICY", 0, "is not an absolute path");
    if (!path)
        system = look_for_system_policy();
    config->source = CONFIG_SOURCE_BUILTIN;
    config->policy = &policy_builtin;
    config->has_globs = globs != NULL;
    if (!path && !globs && !system.file && system.drop_ins < 0)
        return;
    struct policy_files *files = setting_memory(sizeof *files);
    if (globs)
        policy_files_add_text(files, globs, true);
    read_files(files, config, path, &system);
    if (globs || config->source != CONFIG_SOURCE_BUILTIN)
        config->policy = parse(files);
    policy_files_release(files);
    memory_unmap(files, sizeof *files);
}
