/*
 * owneronly explain: what a write to a path would meet, asked of the writer itself.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "policy/file/policy_file.h"
#include "scripts/operator/operator.h"
#include "shim/base/path.h"
#include "shim/base/proc.h"
#include "shim/writer/writer.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A path that is asked about. */
struct place {
    const char *name;
    int directory;
    char real[PATH_MAX]; /* of the directory, as policy_match() wants it */
    size_t length;
};

static int place_open(struct place *place, const char *path)
{
    char directory[PATH_MAX];
    place->name = path_name(path, strlen(path));
    int result = path_directory(path, place->name, directory);
    if (result < 0)
        return result;
    place->directory = sys_openat(AT_FDCWD, directory, O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
    if (place->directory < 0)
        return place->directory;
    ssize_t length = proc_real_directory(place->directory, place->real, sizeof place->real);
    if (length < 0) {
        sys_close(place->directory);
        return (int)length;
    }
    place->length = (size_t)length;
    return 0;
}

static void print_path(const char *directory, size_t length, const char *name)
{
    print_safely(stdout, directory, length);
    putchar('/');
    print_safely(stdout, name, strlen(name));
}

static const struct policy_glob *matching(const struct policy_glob *list, const struct place *place)
{
    return policy_matching_glob(list, place->real, place->length, place->name, strlen(place->name));
}

static void print_glob_line(const char *key, const struct policy_glob *glob)
{
    unsigned line = policy_glob_text(glob).line;
    printf("  %s: ", key);
    print_glob(glob, true);
    if (line > 0)
        printf(", line %u", line);
    putchar('\n');
}

static void print_rule(const char *key, const struct policy_rule *rule)
{
    printf("  %s: %s, ", key, rule->name);
    print_place(rule);
    putchar('\n');
}

/* Rules that would have protected it, but for an exception, up to the one that does. */
static void print_passed_over(const struct place *place, const struct policy_rule *end)
{
    for (const struct policy_rule *rule = config_get()->policy->rules; rule < end; rule++) {
        if (!matching(rule->match, place))
            continue;
        print_rule("not by rule", rule);
        print_glob_line("  match", matching(rule->match, place));
        print_glob_line("  except", matching(rule->except, place));
    }
}

static const char *kind_of(mode_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFREG:
        return "regular file";
    case S_IFLNK:
        return "symbolic link";
    case S_IFDIR:
        return "directory";
    case S_IFIFO:
        return "FIFO";
    case S_IFSOCK:
        return "socket";
    default:
        return "device";
    }
}

static void print_existing(int directory, const char *name)
{
    struct statx status = {0};
    int result = sys_statx(directory, name, AT_SYMLINK_NOFOLLOW, &status);
    if (result == -ENOENT) {
        puts("  stands there: nothing");
    } else if (result == 0) {
        printf("  stands there: %s, mode %04o, owner %u, group %u", kind_of(status.stx_mode),
               status.stx_mode & 07777u, status.stx_uid, status.stx_gid);
        if (S_ISREG(status.stx_mode) && status.stx_nlink > 1)
            printf(", %u hard links, of which one is replaced", status.stx_nlink);
        putchar('\n');
    }
}

static void print_outcome(const struct writer_file *file)
{
    if (file->outcome == WRITER_DEVICE) {
        puts("a device, which is opened as it is");
        return;
    }
    if (file->outcome == WRITER_IN_PLACE) {
        printf("%s, not atomically%s%s\n",
               file->replaces ? "into the file that stands there" : "into a new owner-only file",
               file->reason ? ", " : "", file->reason ? file->reason : "");
        return;
    }
    if (file->outcome == WRITER_APPENDS) {
        puts(file->replaces ? "to the end of the file that stands there, once it is owner-only"
                            : "to the end of a new owner-only file");
        return;
    }
    printf("%s, which %s when the program %s it\n",
           file->lacks_unnamed ? "a file with a hidden name, since there is no O_TMPFILE"
                               : "an unnamed file",
           file->replaces ? "replaces what stands there" : "gets the name",
           file->rule->publish == POLICY_PUBLISH_OPEN ? "opens" : "closes");
}

static void print_target(const struct writer_file *file, const struct place *place)
{
    char real[PATH_MAX];
    ssize_t length = proc_real_directory(file->directory, real, sizeof real);
    if (length < 0 ||
        ((size_t)length == place->length && memcmp(real, place->real, place->length) == 0 &&
         strcmp(file->name, place->name) == 0))
        return;
    fputs("  followed to: ", stdout);
    print_path(real, (size_t)length, file->name);
    putchar('\n');
    print_existing(file->directory, file->name);
}

/* One kind of open; returns what the writer says of it, 0 or -errno. */
static int print_write(const char *key, const struct place *place, int flags,
                       const struct policy_rule *rule, bool with_target)
{
    struct writer_file file;
    int directory = sys_fcntl(place->directory, F_DUPFD_CLOEXEC, 0);
    int result =
        directory < 0 ? directory : writer_probe(&file, directory, place->name, flags, rule);
    if (directory >= 0 && with_target)
        print_target(&file, place);
    printf("  %s: ", key);
    if (result >= 0) {
        print_outcome(&file);
    } else {
        fputs("refused with ", stdout);
        print_error(stdout, -result);
        printf(": %s\n", directory >= 0 && file.reason ? file.reason
                                                       : "a plain open would fail in the same way");
    }
    if (directory >= 0)
        writer_close(&file);
    return result;
}

static void print_settings(const struct policy_rule *rule)
{
    char value[POLICY_VALUE_SIZE];
    const char *key;
    fputs("  settings:", stdout);
    for (unsigned i = 0; (key = policy_setting(rule, i, value)) != NULL; i++)
        if (value[0] != '\0')
            printf(" %s=%s", key, value);
    putchar('\n');
}

/* The ways to open a file for writing that the library tells apart. */
static const struct {
    const char *key;
    int flags;
} writes[] = {
    {"rewrite", O_WRONLY | O_CREAT | O_TRUNC},
    {"update", O_RDWR | O_CREAT},
    {"append", O_WRONLY | O_CREAT | O_APPEND},
    {"exclusive", O_WRONLY | O_CREAT | O_EXCL},
};

static int explain_protected(const struct place *place, const struct policy_rule *rule)
{
    bool granted = true;
    print_rule("rule", rule);
    print_glob_line("match", matching(rule->match, place));
    print_settings(rule);
    print_existing(place->directory, place->name);
    for (size_t i = 0; i < sizeof writes / sizeof writes[0]; i++) {
        int result = print_write(writes[i].key, place, writes[i].flags, rule, i == 0);
        /* Whoever asks for a new file wants to hear that there is one. */
        granted &= result >= 0 || (result == -EEXIST && (writes[i].flags & O_EXCL));
    }
    if (config_get()->observe)
        puts("  mode: observe, so nothing of this is done; it is logged");
    return granted ? EXIT_GOOD : EXIT_FOUND;
}

static int explain_place(const struct place *place)
{
    const struct policy *policy = config_get()->policy;
    const struct policy_rule *rule = NULL;
    struct statx status = {0};
    if (path_name_is_directory(place->name) ||
        (sys_statx(place->directory, place->name, AT_SYMLINK_NOFOLLOW, &status) == 0 &&
         S_ISDIR(status.stx_mode))) {
        puts("  left alone: a directory");
        return EXIT_GOOD;
    }
    bool matches = policy_match(policy, place->real, place->length, place->name,
                                strlen(place->name), &rule) == POLICY_MATCH;
    print_passed_over(place, matches ? rule : policy->rules + policy->rule_count);
    if (matches)
        return explain_protected(place, rule);
    puts(config_get()->off ? "  left alone: OWNERONLY_MODE is off, so no policy is read"
                           : "  left alone: no rule protects it");
    return EXIT_GOOD;
}

static int explain_path(const char *path)
{
    struct place place;
    int result = *path ? place_open(&place, path) : -ENOENT;
    if (result < 0) {
        complain("explain", path, -result);
        return EXIT_TROUBLE;
    }
    print_path(place.real, place.length, place.name);
    puts(":");
    int status = explain_place(&place);
    sys_close(place.directory);
    return status;
}

static int explain(const struct arguments *arguments)
{
    if (arguments->count == 0)
        return usage_error("explain", "no PATH given", NULL);
    if (!configuration_is_good())
        return EXIT_TROUBLE;
    int worst = EXIT_GOOD;
    for (int i = 0; i < arguments->count; i++) {
        int status = explain_path(arguments->operands[i]);
        worst = status > worst ? status : worst;
    }
    return worst;
}

const struct command explain_command = {
    .name = "explain",
    .usage =
        "usage: owneronly explain [-m GLOB]... [-p FILE] PATH...\n"
        "\n"
        "Shows which rule protects each PATH, by which of its globs, and what a program would\n"
        "meet that rewrites it, updates it and keeps what stands there, appends to it, or asks "
        "for\n"
        "a new file.  Nothing is written: an unnamed file in the directory is opened and closed, "
        "or\n"
        "one with a hidden name made and removed where there is no O_TMPFILE.\n"
        "\n" USAGE_OF_POLICY_OPTIONS "      --help         show this text\n"
        "\n"
        "Exit status: 0 if every write would be granted, 1 if one would be refused (but a new "
        "file\n"
        "where one stands), 2 for wrong usage, 3 if it cannot be told.\n",
    .run = explain,
};
