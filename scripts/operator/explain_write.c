/*
 * What a write to a protected name would meet, asked of the writer itself.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "scripts/operator/explain.h"
#include "scripts/operator/operator.h"
#include "shim/base/proc.h"
#include "shim/writer/writer.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

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
        puts("what is no regular file, and is opened as it is");
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

/*
 * Whatever else is opened as it is leads to no regular file.  Such a link is followed by a plain
 * open, whether or not something stands where it leads.
 */
static bool leads_to_system(const struct writer_file *file)
{
    struct statx status = {0};
    if (file->outcome != WRITER_DEVICE)
        return false;
    int result = sys_statx(file->directory, file->name, 0, &status);
    return result == -ENOENT || (result == 0 && S_ISREG(status.stx_mode));
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
    if (directory >= 0 && (result >= 0 || result == -ENOENT) && leads_to_system(&file)) {
        puts("left alone, since the link leads below /dev, /proc or /sys");
        result = 0;
    } else if (result >= 0) {
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

bool print_writes(const struct place *place, const struct policy_rule *rule)
{
    bool granted = true;
    print_existing(place->directory, place->name);
    for (size_t i = 0; i < sizeof writes / sizeof writes[0]; i++) {
        int result = print_write(writes[i].key, place, writes[i].flags, rule, i == 0);
        /* Whoever asks for a new file wants to hear that there is one. */
        granted &= result >= 0 || (result == -EEXIST && (writes[i].flags & O_EXCL));
    }
    return granted;
}
