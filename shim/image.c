/*
 * The next image: its format, its interpreter, its privileges, its environment.
 *
 * Where the answer is not certain it is IMAGE_DOES_NOT: a file that is published too early is still
 * owner-only, one that nobody publishes is lost.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "image.h"
#include "proc.h"

#include <elf.h>
#include <link.h>
#include <string.h>
#include <sys/stat.h>

#define LIBRARY "libowneronly.so"
#define SHELL "/bin/sh"

/* execve(2): an interpreter may be a script in turn, but not for ever. */
#define SCRIPT_DEPTH_MAX 4
/* BINPRM_BUF_SIZE: as much of the first line as the kernel reads. */
#define HEADER_SIZE 256

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

static bool is_library(const char *element, size_t length)
{
    const char *slash = memrchr(element, '/', length);
    size_t directory = slash ? (size_t)(slash + 1 - element) : 0;
    return length - directory == strlen(LIBRARY) &&
           memcmp(element + directory, LIBRARY, strlen(LIBRARY)) == 0;
}

/* ld.so(8): the elements of LD_PRELOAD are separated by spaces or colons. */
static bool list_names_library(const char *list)
{
    while (*list) {
        size_t length = strcspn(list, " :");
        if (is_library(list, length))
            return true;
        list += length + (list[length] != '\0');
    }
    return false;
}

static bool environment_preloads(char *const environment[])
{
    static const char key[] = "LD_PRELOAD=";
    for (char *const *entry = environment; entry && *entry; entry++)
        if (strncmp(*entry, key, sizeof key - 1) == 0)
            return list_names_library(*entry + sizeof key - 1);
    return false;
}

/* The loader ignores LD_PRELOAD, or takes only what stands in system directories. */
static bool gains_privileges(int fd, const struct statx *status)
{
    char path[PROC_FD_PATH_SIZE];
    proc_fd_path(path, fd);
    return (status->stx_mode & (S_ISUID | S_ISGID)) ||
           sys_getxattr(path, "security.capability", NULL, 0) >= 0;
}

static bool interpreter_is_ours(int fd, const ElfW(Phdr) * header)
{
    char path[HEADER_SIZE];
    if (header->p_filesz == 0 || header->p_filesz > sizeof path)
        return false;
    ssize_t got = sys_pread(fd, path, header->p_filesz, header->p_offset);
    if (got != (ssize_t)header->p_filesz || path[got - 1] != '\0')
        return false;
    const char *slash = strrchr(path, '/');
    return strncmp(slash ? slash + 1 : path, LOADER, strlen(LOADER)) == 0;
}

/* Without an interpreter there is no loader, and nobody who would preload anything. */
static bool elf_loads(int fd, const char *bytes, size_t length)
{
    ElfW(Ehdr) header;
    if (length < sizeof header)
        return false;
    memcpy(&header, bytes, sizeof header);
    if (header.e_ident[EI_CLASS] != (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32) ||
        header.e_machine != MACHINE || header.e_phentsize != sizeof(ElfW(Phdr)))
        return false;
    for (unsigned i = 0; i < header.e_phnum; i++) {
        ElfW(Phdr) program;
        uint64_t at = header.e_phoff + i * sizeof program;
        if (sys_pread(fd, &program, sizeof program, at) != sizeof program)
            return false;
        if (program.p_type == PT_INTERP)
            return interpreter_is_ours(fd, &program);
    }
    return false;
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

/*
 * One file on the way: IMAGE_LOADS or another answer, or, for a script, *next is the file that runs
 * it.  buffer: HEADER_SIZE + 1 bytes, which *next lies in.
 */
static enum image_answer examine_open(int fd, bool by_shell, char *buffer, const char **next)
{
    struct statx status;
    *next = NULL;
    if (sys_fstat(fd, &status) < 0)
        return IMAGE_DOES_NOT;
    if (!S_ISREG(status.stx_mode))
        return IMAGE_FAILS;
    if (gains_privileges(fd, &status))
        return IMAGE_DOES_NOT;
    ssize_t got = sys_pread(fd, buffer, HEADER_SIZE, 0);
    if (got < 0)
        return IMAGE_DOES_NOT;
    buffer[got] = '\0';
    if (got >= SELFMAG && memcmp(buffer, ELFMAG, SELFMAG) == 0)
        return elf_loads(fd, buffer, (size_t)got) ? IMAGE_LOADS : IMAGE_DOES_NOT;
    if (strncmp(buffer, "#!", 2) == 0 && script_interpreter(buffer, next))
        return IMAGE_LOADS;
    if (by_shell)
        *next = SHELL;
    return by_shell ? IMAGE_LOADS : IMAGE_DOES_NOT;
}

/* execve(2) fails with them as well; with others, of which EMFILE is one, it may succeed. */
static bool exec_fails_with(int error)
{
    return error == -ENOENT || error == -ENOTDIR || error == -ELOOP || error == -ENAMETOOLONG;
}

static int open_image(int dirfd, const char *path, int flags)
{
    char by_descriptor[PROC_FD_PATH_SIZE];
    if ((flags & AT_EMPTY_PATH) && *path == '\0') {
        proc_fd_path(by_descriptor, dirfd);
        path = by_descriptor;
        flags = 0;
    }
    int nofollow = flags & AT_SYMLINK_NOFOLLOW ? O_NOFOLLOW : 0;
    return sys_openat(dirfd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | nofollow, 0);
}

enum image_answer image_examine(int dirfd, const char *path, int flags, char *const environment[],
                                bool by_shell)
{
    char buffer[HEADER_SIZE + 1];
    enum image_answer answer = IMAGE_LOADS;
    for (int depth = 0; path; depth++) {
        if (depth > SCRIPT_DEPTH_MAX)
            return IMAGE_FAILS;
        int access = flags & AT_EMPTY_PATH ? 0 : sys_faccessat(dirfd, path, X_OK);
        if (access == -EACCES)
            return IMAGE_FAILS;
        /* A program may be executable and not readable: it starts, unseen. */
        int fd = access < 0 ? access : open_image(dirfd, path, flags);
        if (fd < 0)
            return exec_fails_with(fd) ? IMAGE_FAILS : IMAGE_DOES_NOT;
        answer = examine_open(fd, by_shell && depth == 0, buffer, &path);
        sys_close(fd);
        if (answer != IMAGE_LOADS)
            return answer;
        dirfd = AT_FDCWD;
        flags = 0;
    }
    return environment_preloads(environment) ? IMAGE_LOADS : IMAGE_DOES_NOT;
}
