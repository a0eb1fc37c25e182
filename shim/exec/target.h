/*
 * The next image of this process: will the library be in it?  Asked before execve(2) (303, 304).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SHIM_EXEC_TARGET_H
#define OWNERONLY_SHIM_EXEC_TARGET_H

#include <errno.h>
#include <link.h>
#include <stdbool.h>

enum target_answer {
    TARGET_LOADS,    /* as far as anyone can tell before it runs */
    TARGET_DOES_NOT, /* static, set-id, with capabilities, or of another class */
    TARGET_FAILS     /* nothing that can be executed: the exec will return */
};

/* execve(2): an interpreter may be a script in turn, but not for ever. */
#define TARGET_SCRIPT_DEPTH_MAX 5
/* BINPRM_BUF_SIZE: as much of the first line as the kernel reads. */
#define TARGET_HEADER_SIZE 256

/* One file on the way from a command to the program that the loader maps. */
struct target_file {
    enum target_answer answer;
    bool gains_privileges;           /* of TARGET_DOES_NOT: set-id, or with file capabilities */
    const char *obstacle;            /* in words, or NULL */
    const char *next;                /* of a script: what runs it, in buffer; else NULL */
    char loader[TARGET_HEADER_SIZE]; /* of an ELF file that has one; else "" */
    char buffer[TARGET_HEADER_SIZE + 1];
};

/* An ELF header of this library's own class and machine? */
bool target_is_native(const ElfW(Ehdr) * header);

/*
 * Would the kernel begin to execute this file, as far as it says so without doing it?  0 or -errno.
 * Arguments as for target_examine().  Before Linux 6.14 as access(2): a file that is open for
 * writing, or on a file system that allows no execution, is not told from others.
 */
int target_check(int dirfd, const char *path, int flags);

/* Of an error: does execve(2) fail, too?  With others, of which EMFILE is one, it may succeed. */
static inline bool target_check_is_certain(int error)
{
    return error == -ENOENT || error == -ENOTDIR || error == -ELOOP || error == -ENAMETOOLONG ||
           error == -EACCES || error == -ETXTBSY || error == -E2BIG || error == -EFAULT;
}

/*
 * Arguments as for target_examine(); path may be the `next` of the same file before it.  The
 * environment is not looked at.
 */
void target_examine_file(int dirfd, const char *path, int flags, bool by_shell,
                         struct target_file *file);

/*
 * What execveat(2) of dirfd, path and flags (AT_EMPTY_PATH, AT_SYMLINK_NOFOLLOW) would start, if
 * its environment names the library: preload.h.  *file is the last file on the way that was looked
 * at. by_shell: a file of unknown format is run by /bin/sh, as execvp(3) does. Errno untouched;
 * async-signal-safe.  See execve(2), ld.so(8), elf(5), capabilities(7).
 */
enum target_answer target_examine(int dirfd, const char *path, int flags, bool by_shell,
                                  struct target_file *file);

#endif
