/*
 * owneronly audit: what stands at protected names already.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "scripts/operator/finding.h"
#include "scripts/operator/progress.h"
#include "scripts/operator/subject.h"
#include "scripts/operator/walk.h"
#include "shim/base/proc.h"
#include "shim/base/sys_process.h"
#include "shim/writer/permissions.h"
#include "shim/writer/stale.h"
#include "shim/writer/writer.h"

#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

struct audit {
    bool fix;
    bool json;
    bool left;    /* a finding that was not mended */
    bool trouble; /* something could not be looked at */
    struct progress progress;
};

static void say(struct audit *audit, int directory, const char *name, int error)
{
    char path[PATH_MAX + NAME_MAX + 2];
    ssize_t length = directory == AT_FDCWD ? -1 : proc_real_directory(directory, path, PATH_MAX);
    size_t end = length < 0 ? 0 : (size_t)length;
    if (length >= 0)
        path[end++] = '/';
    progress_clear(&audit->progress);
    if (strlen(name) > NAME_MAX) {
        complain("audit", name, error);
        return;
    }
    strcpy(path + end, name);
    complain("audit", path, error);
}

/* What could not be looked at. */
static void fail(void *context, int directory, const char *name, int error)
{
    struct audit *audit = context;
    audit->trouble = true;
    say(audit, directory, name, error);
}

static void report(struct audit *audit, const struct finding *finding)
{
    progress_clear(&audit->progress);
    (audit->json ? finding_print_json : finding_print)(finding);
    audit->left |= !finding->fixed;
}

static void find(struct audit *audit, const struct subject *subject, enum finding_kind kind,
                 bool fixed)
{
    report(audit, &(struct finding){
                      .kind = kind,
                      .directory = subject->directory,
                      .name = subject->name,
                      .rule = subject->rule,
                      .status = &subject->status,
                      .granted = subject->granted,
                      .fixed = fixed,
                      .left_alone = subject->left_alone,
                  });
}

static void mend(struct audit *audit, const struct subject *subject, struct excess *left)
{
    int result = subject_mend(subject, left);
    if (result < 0)
        say(audit, subject->directory, subject->name, -result);
}

/* Who else could have put it there for good: root's and the directory owner's files are no news. */
static bool is_foreign(const struct subject *subject)
{
    struct statx directory = {0};
    uid_t owner = subject->status.stx_uid;
    return owner != 0 && owner != sys_geteuid() &&
           sys_statx(subject->directory, "", AT_EMPTY_PATH, &directory) == 0 &&
           owner != directory.stx_uid;
}

static void audit_regular(struct audit *audit, struct subject *subject)
{
    subject->granted = permissions_granted(subject->rule, subject->status.stx_gid);
    struct excess found;
    int result = subject_look(subject, &found);
    if (result < 0)
        fail(audit, subject->directory, subject->name, -result);
    struct excess left = found;
    if ((found.mode || found.acl) && audit->fix && subject_is_mendable(subject))
        mend(audit, subject, &left);
    if (found.mode)
        find(audit, subject, FINDING_MODE, !left.mode);
    if (found.acl)
        find(audit, subject, FINDING_ACL, !left.acl);
    if (subject->status.stx_nlink > 1)
        find(audit, subject, FINDING_HARD_LINK, false);
    if (is_foreign(subject))
        find(audit, subject, FINDING_OWNER, false);
}

static void audit_open(struct audit *audit, struct subject *subject)
{
    int result = sys_fstat(subject->fd, &subject->status);
    if (result < 0) {
        fail(audit, subject->directory, subject->name, -result);
        return;
    }
    subject->granted = subject->rule->mode;
    switch (subject->status.stx_mode & S_IFMT) {
    case S_IFREG:
        audit_regular(audit, subject);
        break;
    case S_IFLNK:
        if (subject->rule->symlink != POLICY_SYMLINK_FOLLOW)
            find(audit, subject, FINDING_SYMLINK, false);
        break;
    case S_IFIFO:
    case S_IFSOCK:
        find(audit, subject, FINDING_SPECIAL, false);
        break;
    default:
        break;
    }
}

static void audit_protected(struct audit *audit, int directory, const char *name,
                            const struct policy_rule *rule)
{
    struct subject subject = {
        .directory = directory,
        .name = name,
        .rule = rule,
        .left_alone = proc_is_system_directory(directory),
    };
    subject.fd = sys_openat(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC, 0);
    if (subject.fd == -ENOENT)
        return;
    if (subject.fd < 0) {
        fail(audit, directory, name, -subject.fd);
        return;
    }
    audit_open(audit, &subject);
    sys_close(subject.fd);
}

static void audit_residue(struct audit *audit, int directory, const char *name)
{
    struct statx status = {0};
    int found = sys_statx(directory, name, AT_SYMLINK_NOFOLLOW, &status);
    int result = writer_stale(directory, name, audit->fix);
    if (result < 0)
        fail(audit, directory, name, -result);
    if (found == 0 && result != WRITER_NOT_TEMPORARY && result != WRITER_IN_USE && result >= 0)
        report(audit, &(struct finding){
                          .kind = FINDING_RESIDUE,
                          .directory = directory,
                          .name = name,
                          .status = &status,
                          .fixed = result == WRITER_REMOVED || result == WRITER_REMOVED_FOREIGN,
                          .foreign = result == WRITER_FOREIGN || result == WRITER_REMOVED_FOREIGN,
                      });
}

static enum policy_answer ask(struct audit *audit, int directory, const char *name,
                              const struct policy_rule **rule)
{
    const struct policy *policy = config_get()->policy;
    size_t length = strlen(name);
    if (!policy_may_match(policy, name, length))
        return POLICY_NO_MATCH;
    enum policy_answer answer = policy_match(policy, NULL, 0, name, length, rule);
    if (answer != POLICY_NEEDS_DIRECTORY)
        return answer;
    char real[PATH_MAX];
    ssize_t real_length = proc_real_directory(directory, real, sizeof real);
    if (real_length < 0) {
        fail(audit, directory, name, (int)-real_length);
        return POLICY_NO_MATCH;
    }
    return policy_match(policy, real, (size_t)real_length, name, length, rule);
}

static void tick(void *context, unsigned names)
{
    struct audit *audit = context;
    progress_step(&audit->progress, names);
}

static void visit(void *context, int directory, const char *name)
{
    struct audit *audit = context;
    const struct policy_rule *rule = NULL;
    if (strncmp(name, WRITER_TEMPORARY_PREFIX, strlen(WRITER_TEMPORARY_PREFIX)) == 0)
        audit_residue(audit, directory, name);
    if (ask(audit, directory, name, &rule) == POLICY_MATCH)
        audit_protected(audit, directory, name, rule);
}

/* The walk holds a descriptor for every level of the tree. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static int run(const struct arguments *arguments)
{
    if (arguments->count == 0)
        return usage_error("audit", "no DIR given", NULL);
    if (configuration_status("audit") != EXIT_GOOD)
        return EXIT_TROUBLE;
    if (arguments->fix && config_get()->observe)
        return usage_error("audit", "--fix is not for OWNERONLY_MODE=observe", NULL);
    if (config_get()->off)
        fputs("owneronly audit: no policy is read, since OWNERONLY_MODE is off\n", stderr);
    struct audit audit = {.fix = arguments->fix, .json = arguments->json};
    struct walk_visitor visitor = {&audit, tick, visit, fail};
    raise_descriptor_limit();
    audit.progress = progress_begin();
    for (int i = 0; i < arguments->count; i++)
        walk(arguments->operands[i], &visitor);
    progress_clear(&audit.progress);
    if (audit.trouble)
        return EXIT_TROUBLE;
    return audit.left ? EXIT_FOUND : EXIT_GOOD;
}

const struct command audit_command = {
    .name = "audit",
    .usage =
        "usage: owneronly audit [-m GLOB]... [-p FILE] [--fix] [--json] DIR...\n"
        "\n"
        "Shows what is wrong already with protected names below each DIR: a mode or ACL that "
        "grants\n"
        "more than the rule, other owners, links, FIFOs, and what killed writers left behind, of\n"
        "which host.\n"
        "\n" USAGE_OF_POLICY_OPTIONS
        "      --fix          tighten modes and ACLs, remove what killed writers left\n"
        "      --json         one JSON object a line for each finding\n"
        "      --help         show this text\n"
        "\n"
        "Exit status: 0 if nothing is wrong (any more), 1 if something is, 2 for wrong usage, 3 "
        "if\n"
        "something could not be looked at.\n",
    .run = run,
};
