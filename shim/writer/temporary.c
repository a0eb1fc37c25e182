/*
 * Names for files that have none yet.
 *
 * A name can be linked but not replaced (link(2)), so replacing takes a hidden name for the moment
 * between linkat and renameat; a file system without O_TMPFILE needs one for the whole write.  The
 * name follows from the target's and from the host's, so that whoever writes the same target next
 * on this host meets what a killed process left there, and removes it, and hosts that share the
 * file system never meet.  A lock (flock(2)) tells the living from the dead: it is taken before the
 * name appears, or confirmed afterwards, and the kernel drops it with the process.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/base/hash.h"
#include "shim/base/proc.h"
#include "shim/writer/internal.h"

#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#define HASH_DIGITS 16
/* Writers of one target at one moment that get a name which a later writer will look at. */
#define SLOTS 8
/* Names that nobody can have planted beforehand, when all slots are taken. */
#define RANDOM_TRIES 8
#define RANDOM_SLOT 'r'
/* The one who makes a file tight that many append to (112). */
#define TURN_SLOT 'a'
/* For a turn that does not end: a process that is stopped meanwhile. */
#define TURN_PAUSE_NS 2000000
#define TURN_PAUSES 5000

/* A name of any length in 16 digits.  A collision only makes two targets share slots. */
static uint64_t hash(const char *name)
{
    return hash_string(HASH_BEGIN, name);
}

static bool host_of(const struct writer_file *file, uint64_t *host)
{
    const struct writer_id *directory = &file->directory_id;
    return host_id(directory->device_major, directory->device_minor, host);
}

static void write_name(char name[WRITER_TEMPORARY_SIZE], uint64_t target, uint64_t host, char slot)
{
    struct text text = text_begin(name, WRITER_TEMPORARY_SIZE);
    text_put(&text, WRITER_TEMPORARY_PREFIX);
    text_put_digits(&text, target, 16, HASH_DIGITS);
    text_put(&text, "-");
    text_put_digits(&text, host, 16, HASH_DIGITS);
    text_put(&text, (char[]){'-', slot, '\0'});
}

/* The attempt's name: of the target and a slot, then of a random target. */
static int make_name(char name[WRITER_TEMPORARY_SIZE], const struct writer_file *file, int attempt)
{
    uint64_t target[2] = {hash(file->name), 0};
    uint64_t host;
    bool known = host_of(file, &host);
    char slot = (char)('0' + attempt);
    if (attempt >= SLOTS || !known) {
        ssize_t got = sys_getrandom(target, sizeof target);
        if (got != sizeof target)
            return got < 0 ? (int)got : -EIO;
        slot = RANDOM_SLOT;
    }
    write_name(name, target[0], known ? host : target[1], slot);
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

static bool is_slot(char c)
{
    return c == RANDOM_SLOT || c == TURN_SLOT || (c >= '0' && c < '0' + SLOTS);
}

/* 16 digits and a '-'; the digits' value. */
static bool take_number(struct slice *rest, uint64_t *value)
{
    if (rest->length <= HASH_DIGITS || rest->bytes[HASH_DIGITS] != '-')
        return false;
    *value = 0;
    for (size_t i = 0; i < HASH_DIGITS; i++) {
        char c = rest->bytes[i];
        if (!is_hexadecimal(c))
            return false;
        *value = *value << 4 | (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
    }
    *rest = slice_after(*rest, HASH_DIGITS + 1);
    return true;
}

/* Is it one of write_name(), or of the first version, which named no host (*host is 0 then)? */
static bool is_temporary_name(const char *name, uint64_t *host)
{
    struct slice rest = slice_of(name);
    struct slice prefix = slice_of(WRITER_TEMPORARY_PREFIX);
    uint64_t target;
    if (!slice_begins(rest, prefix))
        return false;
    rest = slice_after(rest, prefix.length);
    if (!take_number(&rest, &target))
        return false;
    *host = 0;
    if (rest.length > 1 && !take_number(&rest, host))
        return false;
    return rest.length == 1 && is_slot(rest.bytes[0]);
}

static bool is_of_this_host(int directory, uint64_t host)
{
    struct statx status;
    uint64_t own;
    return sys_fstat(directory, &status) == 0 &&
           host_id(status.stx_dev_major, status.stx_dev_minor, &own) && own == host;
}

int writer_stale(int directory, const char *name, bool remove)
{
    uint64_t host;
    if (!is_temporary_name(name, &host))
        return WRITER_NOT_TEMPORARY;
    int fd = hold_dead(directory, name, NULL);
    if (fd == -EAGAIN)
        return WRITER_IN_USE;
    if (fd == -EPERM || fd == -ESTALE || fd == -ENOENT || fd == -ELOOP || fd == -ENXIO)
        return WRITER_NOT_TEMPORARY;
    if (fd < 0)
        return fd;
    /* A name of the first version names none. */
    bool foreign = host == 0 || !is_of_this_host(directory, host);
    int result = remove ? sys_unlinkat(directory, name) : 0;
    sys_close(fd);
    if (result < 0)
        return result;
    if (foreign)
        return remove ? WRITER_REMOVED_FOREIGN : WRITER_FOREIGN;
    return remove ? WRITER_REMOVED : WRITER_STALE;
}

/* Makes the file appear under `name`; -EEXIST asks for another one. */
typedef int temporary_maker(struct writer_file *file, const char *name, int argument);

static int with_free_name(struct writer_file *file, temporary_maker *make, int argument)
{
    char name[WRITER_TEMPORARY_SIZE];
    for (int attempt = 0; attempt < SLOTS + RANDOM_TRIES; attempt++) {
        int result = make_name(name, file, attempt);
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

/* The lock says that the turn is over; who died in it has left the name. */
static int wait_for(int directory, const char *name)
{
    struct timespec pause = {.tv_nsec = TURN_PAUSE_NS};
    uid_t owner = sys_geteuid();
    int fd = -EAGAIN;
    for (int pauses = 0; fd == -EAGAIN && pauses < TURN_PAUSES; pauses++) {
        if (pauses > 0)
            sys_nanosleep(&pause);
        fd = hold_dead(directory, name, &owner);
    }
    if (fd >= 0) {
        (void)sys_unlinkat(directory, name);
        sys_close(fd);
        return WRITER_RETRY;
    }
    if (fd == -ENOENT || fd == -ESTALE)
        return WRITER_RETRY;
    return fd == -EAGAIN ? -EBUSY : fd;
}

static int turn_name(const struct writer_file *file, char name[WRITER_TEMPORARY_SIZE])
{
    uint64_t host;
    if (!host_of(file, &host))
        return -EACCES;
    write_name(name, hash(file->name), host, TURN_SLOT);
    return 0;
}

int temporary_wait_for_turn(struct writer_file *file)
{
    char name[WRITER_TEMPORARY_SIZE];
    struct statx status;
    int result = turn_name(file, name);
    if (result < 0)
        return result;
    result = sys_statx(file->directory, name, AT_SYMLINK_NOFOLLOW, &status);
    if (result < 0)
        return result == -ENOENT ? 0 : result;
    result = wait_for(file->directory, name);
    return result == WRITER_RETRY ? result
                                  : writer_refuse(file, result,
                                                  "another process's turn to make "
                                                  "the file owner-only does not end");
}

int temporary_take_turn(struct writer_file *file, int fd)
{
    char name[WRITER_TEMPORARY_SIZE];
    int result = turn_name(file, name);
    if (result < 0)
        return result;
    if (file->temporary[0]) {
        result = sys_linkat(file->directory, file->temporary, file->directory, name, 0);
        if (result == 0)
            sys_unlinkat(file->directory, file->temporary);
    } else {
        (void)sys_flock(fd, LOCK_EX | LOCK_NB);
        result = temporary_link_as(file, fd, name);
    }
    if (result == 0)
        memcpy(file->temporary, name, sizeof name);
    return result == -EEXIST ? WRITER_RETRY : result;
}

int temporary_examine(struct writer_file *file)
{
    struct statx named;
    int result = sys_statx(file->directory, file->temporary, AT_SYMLINK_NOFOLLOW, &named);
    if (result == 0 && !writer_id_matches(&file->id, &named))
        result = -ESTALE;
    return result < 0 ? writer_refuse(file, result, "another file stands at the hidden name") : 0;
}

/* What another put there stays; where it cannot be told, our own must not. */
void temporary_remove(struct writer_file *file)
{
    const char *reason = file->reason;
    if (file->temporary[0] && temporary_examine(file) != -ESTALE)
        sys_unlinkat(file->directory, file->temporary);
    file->temporary[0] = '\0';
    file->reason = reason;
}
