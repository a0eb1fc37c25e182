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
#include "shim/base/proc.h"
#include "shim/writer/internal.h"

#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#define HASH_DIGITS 16
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
    text_put(&text, WRITER_TEMPORARY_PREFIX);
    text_put_digits(&text, value, 16, HASH_DIGITS);
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
 * A descriptor of what a dead process left under `name`, with its lock held, or -errno: -EAGAIN if
 * a living one holds the lock, -EPERM if it is no file of `owner`, -ESTALE if the name got another
 * file meanwhile.
 */
static int hold_dead(int directory, const char *name, const uid_t *owner)
{
    int fd =
        sys_openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0);
    if (fd < 0)
        return fd;
    struct statx status;
    int result = sys_fstat(fd, &status);
    if (result == 0 && (!S_ISREG(status.stx_mode) || (owner && status.stx_uid != *owner)))
        result = -EPERM;
    if (result == 0)
        result = sys_flock(fd, LOCK_EX | LOCK_NB);
    if (result == 0 && !names_file(directory, name, &status))
        result = -ESTALE;
    if (result == 0)
        return fd;
    sys_close(fd);
    return result;
}

/*
 * Removes `name` if a dead process left it.  Only the holder of the lock on the very file that the
 * name stands for may unlink it: two removers cannot both hold it, so neither removes the name that
 * the other has just given to a new file.
 */
static bool remove_dead(int directory, const char *name)
{
    uid_t owner = sys_geteuid();
    int fd = hold_dead(directory, name, &owner);
    if (fd < 0)
        return fd == -ENOENT;
    bool removed = sys_unlinkat(directory, name) == 0;
    sys_close(fd);
    return removed;
}

static bool is_hexadecimal(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/* Is it one of make_name()? */
static bool is_temporary_name(const char *name)
{
    struct slice rest = slice_of(name);
    struct slice prefix = slice_of(WRITER_TEMPORARY_PREFIX);
    if (rest.length != prefix.length + HASH_DIGITS + 2 || !slice_begins(rest, prefix))
        return false;
    rest = slice_after(rest, prefix.length);
    for (size_t i = 0; i < HASH_DIGITS; i++)
        if (!is_hexadecimal(rest.bytes[i]))
            return false;
    char slot = rest.bytes[HASH_DIGITS + 1];
    return rest.bytes[HASH_DIGITS] == '-' && (slot == 'r' || (slot >= '0' && slot < '0' + SLOTS));
}

int writer_stale(int directory, const char *name, bool remove)
{
    if (!is_temporary_name(name))
        return WRITER_NOT_TEMPORARY;
    int fd = hold_dead(directory, name, NULL);
    if (fd == -EAGAIN)
        return WRITER_IN_USE;
    if (fd == -EPERM || fd == -ESTALE || fd == -ENOENT || fd == -ELOOP || fd == -ENXIO)
        return WRITER_NOT_TEMPORARY;
    if (fd < 0)
        return fd;
    int result = remove ? sys_unlinkat(directory, name) : 0;
    sys_close(fd);
    if (result < 0)
        return result;
    return remove ? WRITER_REMOVED : WRITER_STALE;
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
    /* Between the two calls a remover may have taken it for a dead one's; let it have the name. */
    int locked = sys_flock(fd, LOCK_EX | LOCK_NB);
    struct statx status;
    if (locked == -EAGAIN || sys_fstat(fd, &status) < 0 ||
        !names_file(file->directory, name, &status)) {
        sys_close(fd);
        return -EEXIST;
    }
    return fd;
}

int temporary_create(struct writer_file *file, int flags)
{
    return with_free_name(file, create_named, flags);
}
