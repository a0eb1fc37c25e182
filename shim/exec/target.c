/*
 * The next image: its format, its interpreter, its privileges, its environment.
 *
 * Where the answer is not certain it is TARGET_DOES_NOT: a file that is published too early is
 * still owner-only, one that nobody publishes is lost.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/exec/target.h"
#include "shim/base/proc.h"
#include "shim/base/sys_process.h"
#include "shim/exec/preload.h"

#include <string.h>
#include <sys/stat.h>

#define SHELL "/bin/sh"
#define BINFMT_MISC "/proc/sys/fs/binfmt_misc/register"

#ifdef __GLIBC__
#define LOADER "ld-linux"
#else
#define LOADER "ld-musl"
#endif

/* One of ours: this class and machine. */
#if defined(__x86_64__)
#define MACHINE EM_X86_64
#elif defined(__aarch64__)
#define MACHINE EM_AARCH64
#elif defined(__i386__)
#define MACHINE EM_386
#endif

/*
 * In secure-execution mode (getauxval(3)) the loader ignores LD_PRELOAD, or takes only what stands
 * in system directories.  The mode is that of who becomes somebody else: a set-id file of the
 * caller's own changes nothing, and neither do capabilities of a file for root.
 */
static const char *gained_privileges(int fd, const struct statx *status)
{
    char path[PROC_FD_PATH_SIZE];
    proc_fd_path(path, fd);
    bool other_user = (status->stx_mode & S_ISUID) && status->stx_uid != sys_getuid();
    bool other_group = (status->stx_mode & S_ISGID) && status->stx_gid != sys_getgid();
    if (other_user || other_group)
        return "set-user-ID or set-group-ID, so the loader ignores LD_PRELOAD";
    if (sys_getuid() != 0 && sys_getxattr(path, "security.capability", NULL, 0) >= 0)
        return "has file capabilities, so the loader ignores LD_PRELOAD";
    return NULL;
}

bool target_is_native(const ElfW(Ehdr) * header)
{
    return memcmp(header->e_ident, ELFMAG, SELFMAG) == 0 &&
           header->e_ident[EI_CLASS] == (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32) &&
           header->e_machine == MACHINE && header->e_phentsize == sizeof(ElfW(Phdr));
}

int target_check(int dirfd, const char *path, int flags)
{
    static char *const arguments[] = {(char *)"", NULL};
    int result = sys_exec_check(dirfd, path, arguments, arguments + 1, flags);
    if (result == 0 || target_check_is_certain(result))
        return result;
    /* access(2) is about the real user, execve(2) about the effective one. */
    if (((flags & AT_EMPTY_PATH) && *path == '\0') || sys_getuid() != sys_geteuid())
        return 0;
    return sys_faccessat(dirfd, path, X_OK);
}

static const char *interpreter_obstacle(int fd, const ElfW(Phdr) * header, char *loader)
{
    loader[0] = '\0';
    if (header->p_filesz == 0 || header->p_filesz > TARGET_HEADER_SIZE)
        return "names no loader that is known";
    ssize_t got = sys_pread(fd, loader, header->p_filesz, header->p_offset);
    if (got != (ssize_t)header->p_filesz || loader[got - 1] != '\0') {
        loader[0] = '\0';
        return "names no loader that is known";
    }
    const char *slash = strrchr(loader, '/');
    return strncmp(slash ? slash + 1 : loader, LOADER, strlen(LOADER)) == 0
               ? NULL
               : "made for another libc than the library";
}

/* The kernel says ENOEXEC. */
static const char no_program[] = "no whole ELF program";

/* Without an interpreter there is no loader, and nobody who would preload anything. */
static const char *elf_obstacle(int fd, struct target_file *file)
{
    ElfW(Ehdr) header;
    memcpy(&header, file->buffer, sizeof header);
    if (header.e_type != ET_EXEC && header.e_type != ET_DYN)
        return no_program;
    if (!target_is_native(&header))
        return "made for another ELF class or machine than the library";
    for (unsigned i = 0; i < header.e_phnum; i++) {
        ElfW(Phdr) program;
        uint64_t at = header.e_phoff + i * sizeof program;
        ssize_t got = sys_pread(fd, &program, sizeof program, at);
        if (got < 0)
            return "cannot be read";
        if (got != sizeof program)
            return no_program;
        if (program.p_type == PT_INTERP)
            return interpreter_obstacle(fd, &program, file->loader);
    }
    return "static, so nothing can be preloaded";
}

static void set_failure(struct target_file *file, const char *obstacle)
{
    file->answer = TARGET_FAILS;
    file->obstacle = obstacle;
}

/* The interpreter's path in "#! path argument"; false if there is none. */
static bool script_interpreter(char *line, const char **path)
{
    line[strcspn(line, "\n")] = '\0';
    char *start = line + 2;
    start += strspn(start, " \t");
    start[strcspn(start, " \t")] = '\0';
    *path = start;
    return *start != '\0';
}

static void set_obstacle(struct target_file *file, const char *obstacle)
{
    file->answer = obstacle ? TARGET_DOES_NOT : TARGET_LOADS;
    file->obstacle = obstacle;
}

/*
 * execve(2) fails with ENOEXEC, unless the format is one that somebody made known to the kernel:
 * binfmt_misc.  Those are recognised by bytes that no text begins with.
 */
static bool is_unknown_to_all(const char *bytes, size_t length)
{
    return !memchr(bytes, '\0', length) || sys_faccessat(AT_FDCWD, BINFMT_MISC, F_OK) < 0;
}

static void examine_open(int fd, bool by_shell, struct target_file *file)
{
    struct statx status;
    if (sys_fstat(fd, &status) < 0) {
        set_obstacle(file, "cannot be looked at");
        return;
    }
    if (!S_ISREG(status.stx_mode))
        return;
    set_obstacle(file, gained_privileges(fd, &status));
    file->gains_privileges = file->obstacle != NULL;
    if (file->gains_privileges)
        return;
    ssize_t got = sys_pread(fd, file->buffer, TARGET_HEADER_SIZE, 0);
    if (got < 0) {
        set_obstacle(file, "cannot be read");
        return;
    }
    file->buffer[got] = '\0';
    if ((size_t)got >= sizeof(ElfW(Ehdr)) && memcmp(file->buffer, ELFMAG, SELFMAG) == 0) {
        set_obstacle(file, elf_obstacle(fd, file));
        if (file->obstacle == no_program)
            set_failure(file, no_program);
        if (*file->loader && target_check_is_certain(target_check(AT_FDCWD, file->loader, 0)))
            set_failure(file, file->obstacle ? file->obstacle : "its loader cannot be started");
    } else if (strncmp(file->buffer, "#!", 2) == 0 && script_interpreter(file->buffer, &file->next))
        return;
    else if (by_shell)
        file->next = SHELL;
    else if (is_unknown_to_all(file->buffer, (size_t)got))
        set_failure(file, "no format that is known");
    else
        set_obstacle(file, "no format that is known");
}

static int open_target(int dirfd, const char *path, int flags, int how)
{
    char by_descriptor[PROC_FD_PATH_SIZE];
    if ((flags & AT_EMPTY_PATH) && *path == '\0') {
        proc_fd_path(by_descriptor, dirfd);
        path = by_descriptor;
        flags = 0;
    }
    int nofollow = flags & AT_SYMLINK_NOFOLLOW ? O_NOFOLLOW : 0;
    return sys_openat(dirfd, path, how | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | nofollow, 0);
}

/* Of a file that nobody may read, as the programs that change identities often are. */
static bool unseen_gains_privileges(int dirfd, const char *path, int flags)
{
    struct statx status;
    int fd = open_target(dirfd, path, flags, O_PATH);
    if (fd < 0)
        return false;
    bool gains = sys_fstat(fd, &status) == 0 && gained_privileges(fd, &status);
    sys_close(fd);
    return gains;
}

void target_examine_file(int dirfd, const char *path, int flags, bool by_shell,
                         struct target_file *file)
{
    int result = target_check(dirfd, path, flags);
    int fd = result < 0 ? result : open_target(dirfd, path, flags, O_RDONLY);
    /* What can be executed and not read starts, unseen. */
    bool is_unseen = result == 0 && fd == -EACCES;
    bool gains_privileges = is_unseen && unseen_gains_privileges(dirfd, path, flags);
    /* From here on path may be gone: it may be in *file. */
    *file = (struct target_file){.answer = TARGET_FAILS};
    if (fd >= 0) {
        examine_open(fd, by_shell, file);
        sys_close(fd);
    } else if (is_unseen) {
        set_obstacle(file, "can be executed and not read, so nobody knows what it is");
        file->gains_privileges = gains_privileges;
    } else if (!target_check_is_certain(fd)) {
        set_obstacle(file, "cannot be opened");
    }
}

/* A script is opened again by what runs it, as /dev/fd/N or below that, so this must stay open. */
static bool script_is_lost(int dirfd, const char *path, int flags)
{
    bool by_descriptor = *path == '\0' ? (flags & AT_EMPTY_PATH) != 0 : *path != '/';
    return by_descriptor && dirfd != AT_FDCWD && (sys_fcntl(dirfd, F_GETFD, 0) & FD_CLOEXEC);
}

enum target_answer target_examine(int dirfd, const char *path, int flags, bool by_shell,
                                  struct target_file *file)
{
    const char *next = path;
    for (int depth = 0; next; depth++) {
        if (depth > TARGET_SCRIPT_DEPTH_MAX)
            return TARGET_FAILS;
        target_examine_file(dirfd, next, flags, by_shell && depth == 0, file);
        if (file->answer != TARGET_LOADS)
            break;
        if (depth == 0 && file->next && script_is_lost(dirfd, path, flags)) {
            set_failure(file, "a script, which what runs it could not open again");
            break;
        }
        next = file->next;
        dirfd = AT_FDCWD;
        flags = 0;
    }
    return file->answer;
}
