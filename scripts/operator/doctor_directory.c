/*
 * A directory: can the writer publish there, and who else can rename what it published?
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "scripts/operator/doctor.h"
#include "scripts/operator/verdict.h"
#include "shim/base/proc.h"
#include "shim/base/sys_process.h"
#include "shim/writer/writer.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const struct policy_rule rule = {
    .name = "doctor",
    .mode = 0600,
    .group = POLICY_NO_GROUP,
    .durability = POLICY_DURABILITY_NONE,
};

/* What came of one write. */
struct attempt {
    int result;
    mode_t mode; /* of the published file, as the file system has it */
    const char *reason;
    bool lacks_unnamed;
};

static int mode_of(int directory, const char *name, mode_t *mode)
{
    struct statx status = {0};
    int result = sys_statx(directory, name, AT_SYMLINK_NOFOLLOW, &status);
    *mode = status.stx_mode & 07777u;
    return result;
}

static struct attempt publish(int directory, const char *name, int flags)
{
    struct writer_file file;
    struct attempt attempt = {.reason = NULL};
    int copy = sys_fcntl(directory, F_DUPFD_CLOEXEC, 0);
    if (copy < 0)
        return (struct attempt){.result = copy};
    file.joins = NULL;
    file.left_out = 0;
    int fd = writer_begin(&file, copy, name, flags | O_WRONLY | O_CREAT | O_CLOEXEC, &rule);
    attempt.result = fd;
    attempt.lacks_unnamed = fd >= 0 && file.temporary[0];
    if (fd >= 0) {
        ssize_t written = sys_write(fd, "\n", 1); /* where there is no room, it shows now */
        if (written == 1) {
            attempt.result = writer_publish(&file, fd, WRITER_COMPLETE);
        } else {
            attempt.result = written < 0 ? (int)written : -EIO;
            writer_discard(&file);
        }
        sys_close(fd);
        if (attempt.result == 0)
            attempt.result = mode_of(directory, name, &attempt.mode);
    }
    attempt.reason = file.reason;
    writer_close(&file);
    return attempt;
}

static void say_attempt(const char *path, const struct attempt *attempt)
{
    if (attempt->result < 0)
        say(VERDICT_FAILED, path, "no file can be published there (%s%s%s); %s",
            strerror(-attempt->result), attempt->reason ? ": " : "",
            attempt->reason ? attempt->reason : "",
            "its writer needs room, and the right to make and rename files");
    else if (attempt->mode != rule.mode)
        say(VERDICT_FAILED, path,
            "the file system does not keep modes: a file that was published with %04o has %04o; "
            "keep protected files elsewhere",
            rule.mode, attempt->mode);
    else if (attempt->lacks_unnamed)
        say(VERDICT_WARNING, path,
            "files can be published, but without O_TMPFILE a killed writer leaves a hidden one; "
            "now and then run owneronly audit --fix");
    else
        say(VERDICT_OK, path, "files can be published, by O_TMPFILE and link");
}

static void check_access(const char *path, int directory)
{
    struct statx status = {0};
    if (sys_statx(directory, "", AT_EMPTY_PATH, &status) == 0 &&
        (status.stx_mode & (S_IWGRP | S_IWOTH)) && !(status.stx_mode & S_ISVTX))
        say(VERDICT_WARNING, path, "others can replace and remove files there; chmod go-w it");
}

/* No two doctors at a time get the same name, and nobody's file has it. */
static int make_name(char name[WRITER_TEMPORARY_SIZE])
{
    uint64_t random = 0;
    ssize_t got = sys_getrandom(&random, sizeof random);
    if (got != sizeof random)
        return got < 0 ? (int)got : -EIO;
    (void)snprintf(name, WRITER_TEMPORARY_SIZE, ".doctor-%016llx", (unsigned long long)random);
    return 0;
}

void check_directory(const char *path)
{
    char name[WRITER_TEMPORARY_SIZE];
    int directory = sys_openat(AT_FDCWD, path, O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
    int result = directory < 0 ? directory : make_name(name);
    if (result < 0) {
        say(VERDICT_FAILED, path, "%s; name a directory that is there", strerror(-result));
        return;
    }
    if (proc_is_system_directory(directory)) {
        say(VERDICT_FAILED, path,
            "below /dev, /proc or /sys, where the library leaves every name "
            "alone; keep protected files elsewhere");
        sys_close(directory);
        return;
    }
    struct attempt attempt = publish(directory, name, O_EXCL);
    /* A name that is there is replaced in another way than one that is not. */
    if (attempt.result == 0) {
        attempt = publish(directory, name, O_TRUNC);
        sys_unlinkat(directory, name);
    }
    say_attempt(path, &attempt);
    check_access(path, directory);
    sys_close(directory);
}
