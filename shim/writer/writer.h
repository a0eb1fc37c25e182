/*
 * The secure writer: begins, publishes or discards one file that nobody can see yet.
 *
 * It works below one open directory and knows neither which descriptors of the process are
 * involved nor which libc function asked.  The way of a file is contract 201 to 206:
 *
 *     writer_begin()    an unnamed owner-only file in the directory          O_TMPFILE
 *     writer_publish()  mode, ACL, fsync, then onto its name                 linkat, renameat
 *     writer_discard()  what stood under the name still stands
 *     writer_close()    forgets the file; ends every one that was begun, whatever came of it
 *
 * No allocation, no lock, errno untouched: every function is async-signal-safe, usable in a
 * vfork(2) child and no cancellation point.  Functions return -errno on failure.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SHIM_WRITER_WRITER_H
#define OWNERONLY_SHIM_WRITER_WRITER_H

#include "policy/rules/policy.h"
#include "shim/base/sys.h"

#include <limits.h>

/*
 * ".owneronly-", 16 hexadecimal digits for the target, '-', 16 for the host, '-', a slot: bounded,
 * so a 255-byte name works too (206).
 */
#define WRITER_TEMPORARY_SIZE 48
#define WRITER_TEMPORARY_PREFIX ".owneronly-"

struct writer_id {
    uint64_t inode;
    uint32_t device_major;
    uint32_t device_minor;
};

/* A file at one moment: as long as all of this is the same, the content is, too (105). */
struct writer_version {
    struct writer_id id;
    uint64_t size;
    int64_t seconds; /* of its last modification */
    uint32_t nanoseconds;
};

/* Is the content final when the file is published? */
enum writer_completeness {
    WRITER_COMPLETE,  /* yes: it is checked (310) */
    WRITER_UNFINISHED /* no: it is written further, and not checked */
};

/* What writer_begin() returned a descriptor of. */
enum writer_outcome {
    WRITER_PENDING,  /* a file to be published or discarded */
    WRITER_IN_PLACE, /* the file that stands there (`in-place`): nothing is left to do */
    WRITER_APPENDS,  /* the same, to append to it (112) */
    WRITER_DEVICE    /* a device or a kernel's file, as a plain open(2) would have (104, 111):
                      * nothing is left to do */
};

/* Who goes on writing a file that was published before it was whole: nobody, as a rule. */
enum writer_left_to { WRITER_LEFT_TO_NOBODY, WRITER_LEFT_TO_PROGRAM, WRITER_LEFT_TO_CHILD };

/* asked_mode, where the program asked for none: it takes nothing away from the rule's mode. */
#define WRITER_NO_MODE 07777

/* One unpublished file.  Its descriptor is the caller's, and handed to each function. */
struct writer_file {
    /* What was asked for. */
    const struct policy_rule *rule;
    mode_t asked_mode; /* by the program; WRITER_NO_MODE: none (403) */
    bool exclusive;    /* O_EXCL: published with no-replace (106) */
    bool updates;      /* no O_TRUNC: what it replaces must still be `copied` (105) */
    /* Set before writer_begin(): is `name` in directory_id, behind a link, pending (209)?  Or NULL.
     */
    bool (*joins)(const struct writer_file *file);
    mode_t left_out;   /* set before writer_begin(): bits that O_CREAT asked to leave out (403) */
    bool guest_writes; /* set before writer_publish(): another process may be writing it (307) */
    bool stays_open;   /* the same: the program may go on with the descriptor (305) */
    int access_added;  /* bits that the descriptor's access mode has, and the flags had not (310) */

    /* What was found at begin. */
    struct writer_id directory_id;
    int directory;              /* O_PATH, high, close-on-exec (201) */
    bool directory_append_only; /* no name in it can be removed or renamed: chattr(1) +a */
    bool replaces;              /* something stood under the name */
    bool followed;              /* the name is that of a link's target */
    bool lacks_unnamed;         /* only by writer_probe(): no O_TMPFILE here */

    /* The file itself. */
    struct writer_id id;
    mode_t created_mode;          /* a difference at publish is the program's own fchmod(2) (403) */
    struct writer_version copied; /* what an update was copied from */
    struct writer_id own; /* of an owner-only copy that was put there to append to; inode 0: none */
    char temporary[WRITER_TEMPORARY_SIZE]; /* hidden name where there is no O_TMPFILE; else "" */

    /* What came of it, also for the log. */
    enum writer_outcome outcome;
    const char *reason; /* why it was refused, discarded, or published as it is; or NULL */
    bool published;
    bool deferred; /* not published: it was not whole, and a guest that writes it will (307) */
    bool fd_lost;  /* at publish its descriptor was closed, or another file's */
    bool outlived; /* a process still appends to the file that an owner-only copy replaced */
    enum writer_left_to left_to;
    mode_t mode;   /* as it was published */
    uint64_t size; /* the same */

    char name[NAME_MAX + 1];
};

static inline struct writer_id writer_id_of(const struct statx *status)
{
    return (struct writer_id){status->stx_ino, status->stx_dev_major, status->stx_dev_minor};
}

static inline bool writer_same_id(const struct writer_id *a, const struct writer_id *b)
{
    return a->inode == b->inode && a->device_major == b->device_major &&
           a->device_minor == b->device_minor;
}

static inline bool writer_id_matches(const struct writer_id *id, const struct statx *status)
{
    return id->inode == status->stx_ino && id->device_major == status->stx_dev_major &&
           id->device_minor == status->stx_dev_minor;
}

static inline struct writer_version writer_version_of(const struct statx *status)
{
    return (struct writer_version){
        .id = writer_id_of(status),
        .size = status->stx_size,
        .seconds = status->stx_mtime.tv_sec,
        .nanoseconds = status->stx_mtime.tv_nsec,
    };
}

static inline bool writer_is_version(const struct writer_version *version,
                                     const struct statx *status)
{
    return writer_id_matches(&version->id, status) && version->size == status->stx_size &&
           version->seconds == status->stx_mtime.tv_sec &&
           version->nanoseconds == status->stx_mtime.tv_nsec;
}

/*
 * The access mode to open with: O_RDWR where the content is to be checked (310), and for O_RDONLY
 * with O_TRUNC; else that of `flags`.
 */
int writer_access(const struct policy_rule *rule, int flags);

/*
 * Opens a file that will replace `name` in `directory`.
 *
 * directory: an O_PATH descriptor of the program's own range; it is consumed, whatever the result.
 * name: a last component of at most NAME_MAX bytes.  flags: as for open(2), asking for writing or
 * truncation.  rule: must outlive *file.
 * Returns a descriptor, the lowest free one, with the flags asked for.  On failure nothing is left
 * behind, and file->reason says why if a plain open(2) would not have failed with this error.
 * Errors: those of open(2), statx(2), readlink(2); and -EACCES, -EPERM, -EBUSY, -ELOOP where the
 * file cannot be replaced (110, 111).
 */
int writer_begin(struct writer_file *file, int directory, const char *name, int flags,
                 const struct policy_rule *rule);

/*
 * What writer_begin() would say, and writer_publish() as far as that can be known beforehand:
 * returns 0 or -errno.  Nothing is written, and what stands there is not touched: an unnamed file
 * in the directory is opened and closed again, and to read so is what stands there.  Only where
 * there is no O_TMPFILE an empty file gets a hidden name for a moment.  file->outcome, replaces,
 * lacks_unnamed, reason, and directory and name (of the target, if a link is followed) are set.
 * With 0, a reason is the condition that could not be tried.
 */
int writer_probe(struct writer_file *file, int directory, const char *name, int flags,
                 const struct policy_rule *rule);

/*
 * Puts the file behind fd under its name.  fd stays open and is still the caller's.  On failure the
 * file is discarded.  0 with file->deferred set: nothing was published, a guest will (307).
 * Errors: -EBADF with file->fd_lost set (fd was closed behind the library's back, and is another
 * file or none), -EBADMSG (content, 310), -EEXIST (106), -EPERM (the file system does not keep the
 * mode, promise 4), -ESTALE (the directory was lost, 201; the name stands for other content than
 * was updated, 105; the file system shows another file than was written), and those of fchmod(2),
 * fchown(2), fsync(2), link(2), rename(2).
 */
int writer_publish(struct writer_file *file, int fd, enum writer_completeness completeness);

/* Of a rule with `content = json`: -EBADMSG if writer_publish() would refuse the content by now. */
int writer_check(struct writer_file *file, int fd);

/* As many links as the kernel follows: path_resolution(7). */
#define WRITER_LINKS_MAX 40

/*
 * One link further: `name`, a link in `directory`, becomes the name that it leads to.
 * Returns that one's directory, O_PATH, or -errno, also where no link stands.
 */
int writer_follow(int directory, char name[NAME_MAX + 1]);

/* Drops the file: removes its hidden name if it has one; an unnamed one ends with its descriptor.
 */
void writer_discard(struct writer_file *file);

/* Closes the directory.  Until then file->directory tells where the file was to go. */
void writer_close(struct writer_file *file);

#endif
