/*
 * Names for files that have none yet.
 *
 * A name can be linked but not replaced (link(2)), so replacing takes a hidden name for the moment
 * between linkat and renameat; a file system without O_TMPFILE needs one for the whole write.  The
 * name follows from the target's, so that whoever writes the same target next meets what a killed
 * process left there, and removes it.  A lock (flock(2)) tells the living from the dead: it is
 * taken before the name appears, or confirmed afterwards, and the kernel drops it with the process.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "internal.h"
#include "proc.h"

#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

/* Writers of one target at one moment that get a name which a later writer will look at. */
#define SLOTS 8
/* Names that nobody can have planted beforehand, when all slots are taken. */
#define RANDOM_TRIES 8

/* FNV-1a: a name of any length in 16 digits.  A collision only makes two targets share slots. */
static uint64_t hash(const char *name)
{
    uint64_t value = 0xcbf29ce484222325U;
    for (; *name; name++)
        value = (value ^ (unsigned char)*name) * 0x100000001b3U;
    return value;
}

/* The attempt's name: ".owneronly-HASH-SLOT", then ".owneronly-RANDOM-r". */
static int make_name(char name[WRITER_TEMPORARY_SIZE], const char *target, int attempt)
{
    uint64_t value = hash(target);
    if (attempt >= SLOTS) {
        ssize_t got = sys_getrandom(&value, sizeof value);
        if (got != sizeof value)
            return got < 0 ? (int)got : -EIO;
    }
    struct text text = text_begin(name, WRITER_TEMPORARY_SIZE);
    text_put(&text, ".owneronly-");
    text_put_digits(&text, value, 16, 16);
    text_put(&text, "-");
    if (attempt < SLOTS)
        text_put_number(&text, (uint64_t)attempt);
    else
        text_put(&text, "r");
    return 0;
}

static bool names_file(int directory, const char *name, const struct statx *file)
{
    struct statx named;
    return sys_statx(directory, name, AT_SYMLINK_NOFOLLOW, &named) == 0 &&
           sys_same_file(&named, file);
}

/*
 * Removes `name` if a dead process left it.  Only the holder of the lock on the very file that the
 * name stands for may unlink it: two removers cannot both hold it, so neither removes the name that
 * the other has just given to a new file.
 */
static bool remove_dead(int directory, const char *name)
{
    int fd =
        sys_openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0);
    if (fd < 0)
        return fd == -ENOENT;
    struct statx status;
    bool removed = sys_fstat(fd, &status) == 0 && S_ISREG(status.stx_mode) &&
                   status.stx_uid == sys_geteuid() && sys_flock(fd, LOCK_EX | LOCK_NB) == 0 &&
                   names_file(directory, name, &status) && sys_unlinkat(directory, name) == 0;
    sys_close(fd);
    return removed;
}

/* Makes the file appear under `name`; -EEXIST asks for another one. */
typedef int temporary_maker(struct writer_file *file, const char *name, int argument);

static int with_free_name(struct writer_file *file, temporary_maker *make, int argument)
{
    char name[WRITER_TEMPORARY_SIZE];
    for (int attempt = 0; attempt < SLOTS + RANDOM_TRIES; attempt++) {
        int result = make_name(name, file->name, attempt);
        if (result < 0)
            return result;
        result = make(file, name, argument);
        if (result == -EEXIST && remove_dead(file->directory, name))
            result = make(file, name, argument);
        if (result >= 0)
            memcpy(file->temporary, name, sizeof name);
        if (result != -EEXIST)
            return result;
    }
    return -EEXIST;
}

int temporary_link_as(struct writer_file *file, int fd, const char *name)
{
    char path[PROC_FD_PATH_SIZE];
    proc_fd_path(path, fd);
    int result = sys_linkat(AT_FDCWD, path, file->directory, name, AT_SYMLINK_FOLLOW);
    if (result < 0 && result != -EEXIST) {
        /* No /proc, or not ours to use: needs the opener's credentials or a capability (205). */
        int by_descriptor = sys_linkat(fd, "", file->directory, name, AT_EMPTY_PATH);
        if (by_descriptor != -ENOENT)
            result = by_descriptor;
    }
    return result;
}

static int link_unnamed(struct writer_file *file, const char *name, int fd)
{
    return temporary_link_as(file, fd, name);
}

int temporary_link(struct writer_file *file, int fd)
{
    /* Where locks are not supported, nobody can take one to remove us either. */
    (void)sys_flock(fd, LOCK_EX | LOCK_NB);
    return with_free_name(file, link_unnamed, fd);
}

static int create_named(struct writer_file *file, const char *name, int flags)
{
    int fd = sys_openat(file->directory, name, flags | O_CREAT | O_EXCL | O_NOFOLLOW,
                        WRITER_PRIVATE_MODE);
    if (fd < 0)
        return fd;
    (void)sys_flock(fd, LOCK_EX | LOCK_NB);
    /* Between the two calls a remover may have taken it for a dead one's. */
    struct statx status;
    if (sys_fstat(fd, &status) < 0 || !names_file(file->directory, name, &status)) {
        sys_close(fd);
        return -EEXIST;
    }
    return fd;
}

int temporary_create(struct writer_file *file, int flags)
{
    return with_free_name(file, create_named, flags);
}
