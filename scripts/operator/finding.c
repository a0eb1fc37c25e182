/*
 * A finding as a line for people, and as one for programs.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "scripts/operator/finding.h"
#include "shim/base/proc.h"

#include <string.h>
#include <sys/stat.h>

static const char *const names[] = {
    [FINDING_MODE] = "mode",           [FINDING_ACL] = "acl",         [FINDING_OWNER] = "owner",
    [FINDING_HARD_LINK] = "hard-link", [FINDING_SYMLINK] = "symlink", [FINDING_SPECIAL] = "special",
    [FINDING_RESIDUE] = "residue",
};

/* The absolute path, where it is short enough to be known; malloc(3) is not needed for it. */
static size_t path_of(const struct finding *finding, char path[PATH_MAX + NAME_MAX + 2])
{
    ssize_t length = proc_real_directory(finding->directory, path, PATH_MAX);
    size_t end = length < 0 ? 0 : (size_t)length;
    if (length >= 0)
        path[end++] = '/';
    size_t name = strlen(finding->name);
    memcpy(path + end, finding->name, name);
    return end + name;
}

static void print_what(const struct finding *finding)
{
    unsigned mode = finding->status->stx_mode & 07777u;
    switch (finding->kind) {
    case FINDING_MODE:
        printf("mode %04o, and the rule %s %04o", mode,
               finding->left_alone ? "would grant" : "grants", finding->granted);
        break;
    case FINDING_ACL:
        fputs("an access control list grants more than the mode", stdout);
        break;
    case FINDING_OWNER:
        printf("owner %u, who is neither root, nor you, nor the directory's owner",
               finding->status->stx_uid);
        break;
    case FINDING_HARD_LINK:
        printf("%u hard links: whoever has another name of it has the file",
               finding->status->stx_nlink);
        break;
    case FINDING_SYMLINK:
        fputs("a symbolic link, which the rule does not follow", stdout);
        break;
    case FINDING_SPECIAL:
        fputs("a FIFO or socket: whoever made it reads what is written", stdout);
        break;
    case FINDING_RESIDUE:
        fputs(finding->foreign
                  ? "left by a writer of another host, or before this host's last start"
                  : "left by a writer of this host that was killed",
              stdout);
    }
}

void finding_print(const struct finding *finding)
{
    char path[PATH_MAX + NAME_MAX + 2];
    print_safely(stdout, path, path_of(finding, path));
    printf(": %s: ", names[finding->kind]);
    print_what(finding);
    if (finding->rule) {
        printf(" (rule %s, ", finding->rule->name);
        print_place(finding->rule);
        putchar(')');
    }
    if (finding->left_alone)
        fputs("; the library leaves names below /dev, /proc and /sys alone", stdout);
    puts(finding->fixed ? ": mended" : "");
}

void finding_print_json(const struct finding *finding)
{
    char path[PATH_MAX + NAME_MAX + 2];
    fputs("{\"path\": ", stdout);
    print_json_string(stdout, path, path_of(finding, path));
    printf(", \"finding\": \"%s\", \"rule\": ", names[finding->kind]);
    if (finding->rule)
        print_json_string(stdout, finding->rule->name, strlen(finding->rule->name));
    else
        fputs("null", stdout);
    printf(", \"mode\": \"%04o\", \"granted\": ", finding->status->stx_mode & 07777u);
    if (finding->rule)
        printf("\"%04o\"", finding->granted);
    else
        fputs("null", stdout);
    printf(", \"uid\": %u, \"gid\": %u, \"links\": %u", finding->status->stx_uid,
           finding->status->stx_gid, finding->status->stx_nlink);
    const char *host = finding->foreign ? "\"other\"" : "\"this\"";
    printf(", \"host\": %s, \"fixed\": %s, \"left-alone\": %s}\n",
           finding->kind == FINDING_RESIDUE ? host : "null", finding->fixed ? "true" : "false",
           finding->left_alone ? "true" : "false");
}
