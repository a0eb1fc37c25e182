/*
 * owneronly-copy: the static program of the image.  It puts the library that fits into a directory,
 * for init containers and builds of images, where there may be no shell and no other program.
 *
 * A library of the wrong libc ends every program with status 127, so it looks first which one the
 * container's programs are for: the loader that the program's ELF header names, elf(5).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef OWNERONLY_VERSION
#define OWNERONLY_VERSION "(built by hand)"
#endif
#define LIBRARY "libowneronly.so"

static const char usage[] =
    "usage: owneronly-copy [--libc glibc|musl] [--root DIR] [--program FILE] [--preload] "
    "DIRECTORY\n"
    "\n"
    "Puts the library that fits, and its policy, into DIRECTORY.\n"
    "\n"
    "  --libc NAME     do not look, take this one\n"
    "  --root DIR      look at the programs below DIR (default: /), where DIRECTORY is, too\n"
    "  --program FILE  look at this one below the root (default: /bin/sh, and what /lib says)\n"
    "  --preload       name the library in /etc/ld.so.preload below the root (glibc only)\n"
    "  --help, --version\n"
    "\n"
    "Exit status: 0 if it is there; 1 if not, with a reason; 2 for wrong usage.\n";

static const char *root = "";

__attribute__((format(printf, 1, 2))) static _Noreturn void fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("owneronly-copy: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

__attribute__((format(printf, 2, 3))) static void path_of(char path[PATH_MAX], const char *format,
                                                          ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(path, PATH_MAX, format, arguments);
    va_end(arguments);
    if (length >= PATH_MAX)
        fail("a path is too long: %s", path);
}

/* A file, mapped for good; NULL if it cannot be read. */
static const unsigned char *map_file(const char *path, size_t *size)
{
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode) || status.st_size == 0) {
        close(fd);
        return NULL;
    }
    *size = (size_t)status.st_size;
    void *bytes = mmap(NULL, *size, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    return bytes == MAP_FAILED ? NULL : bytes;
}

/* The ELF header of a file of this program's own class and machine; NULL if it is another. */
static const ElfW(Ehdr) * own_kind(const unsigned char *bytes, size_t size)
{
    size_t own_size = 0;
    const unsigned char *own = map_file("/proc/self/exe", &own_size);
    const ElfW(Ehdr) *header = (const void *)bytes;
    if (!own)
        fail("/proc is needed: %s", strerror(errno));
    if (size < sizeof *header || memcmp(bytes, own, EI_DATA + 1) != 0 ||
        header->e_machine != ((const ElfW(Ehdr) *)(const void *)own)->e_machine)
        return NULL;
    return header;
}

/* The loader that a program asks for, NULL if none: it is static. */
static const char *loader_of(const char *path)
{
    size_t size = 0;
    const unsigned char *bytes = map_file(path, &size);
    if (!bytes)
        return NULL;
    const ElfW(Ehdr) *header = own_kind(bytes, size);
    if (!header)
        fail("%s is no program for this machine; this image is for another", path);
    const ElfW(Phdr) *segments = (const void *)(bytes + header->e_phoff);
    if (header->e_phoff > size || size - header->e_phoff < header->e_phnum * sizeof *segments)
        return NULL;
    for (size_t i = 0; i < header->e_phnum; i++)
        if (segments[i].p_type == PT_INTERP && segments[i].p_offset < size &&
            memchr(bytes + segments[i].p_offset, '\0', size - segments[i].p_offset))
            return (const char *)bytes + segments[i].p_offset;
    return NULL;
}

static bool is_there(const char *relative)
{
    char path[PATH_MAX];
    struct stat status;
    path_of(path, "%s%s", root, relative);
    return stat(path, &status) == 0;
}

/* By the loaders that lie where their ABI wants them, for a root without a shell. */
static const char *libc_by_loaders(void)
{
    static const char *const of_glibc[] = {"/lib64/ld-linux-x86-64.so.2",
                                           "/lib/ld-linux-aarch64.so.1", "/lib/ld-linux.so.2"};
    static const char *const of_musl[] = {"/lib/ld-musl-x86_64.so.1", "/lib/ld-musl-aarch64.so.1",
                                          "/lib/ld-musl-i386.so.1"};
    bool glibc = false;
    bool musl = false;
    for (size_t i = 0; i < sizeof of_glibc / sizeof of_glibc[0]; i++) {
        glibc = glibc || is_there(of_glibc[i]);
        musl = musl || is_there(of_musl[i]);
    }
    if (glibc && musl)
        fail("both glibc and musl are below %s/: say --libc, or --program", root);
    return glibc ? "glibc" : musl ? "musl" : NULL;
}

static const char *libc_of_root(const char *program)
{
    char path[PATH_MAX];
    path_of(path, "%s%s", root, program ? program : "/bin/sh");
    const char *loader = loader_of(path);
    if (loader)
        return strstr(loader, "ld-musl") ? "musl" : "glibc";
    if (program)
        fail("%s is not there, or needs no loader: nothing can be preloaded into it", path);
    const char *libc = libc_by_loaders();
    if (!libc)
        fail("no dynamic loader below %s/, so it cannot be told for which libc: say --libc", root);
    return libc;
}

/* The library wants what glibc 2.17 has; where its libc.so.6 is not found, nothing is said. */
static void check_glibc(void)
{
    static const char *const directories[] = {"/lib/x86_64-linux-gnu", "/lib/aarch64-linux-gnu",
                                              "/lib/i386-linux-gnu", "/lib64", "/lib"};
    for (size_t i = 0; i < sizeof directories / sizeof directories[0]; i++) {
        char path[PATH_MAX];
        size_t size = 0;
        path_of(path, "%s%s/libc.so.6", root, directories[i]);
        const unsigned char *bytes = map_file(path, &size);
        if (!bytes || !own_kind(bytes, size))
            continue;
        if (!memmem(bytes, size, "GLIBC_2.17", sizeof "GLIBC_2.17"))
            fail("%s is older than 2.17, which the library needs", path);
        return;
    }
}

/* Under a name of its own first: who looks sees all of it or nothing. */
static void write_file(const char *target, const unsigned char *bytes, size_t size, mode_t mode)
{
    char temporary[PATH_MAX];
    path_of(temporary, "%s.%ld", target, (long)getpid());
    int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    if (fd < 0)
        fail("%s: %s", temporary, strerror(errno));
    for (size_t done = 0; done < size;) {
        ssize_t written = write(fd, bytes + done, size - done);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            fail("%s: %s", temporary, strerror(errno));
        done += (size_t)written;
    }
    if (fchmod(fd, mode) < 0 || fsync(fd) < 0 || close(fd) < 0 || rename(temporary, target) < 0)
        fail("%s: %s", target, strerror(errno));
}

static void copy(const char *source, const char *directory, const char *name, mode_t mode)
{
    char target[PATH_MAX];
    size_t size = 0;
    const unsigned char *bytes = map_file(source, &size);
    if (!bytes)
        fail("%s: %s", source, strerror(errno));
    path_of(target, "%s%s/%s", root, directory, name);
    write_file(target, bytes, size, mode);
}

/* A line of its own in what may be there already. */
static void name_in_preload(const char *directory)
{
    char path[PATH_MAX];
    char line[PATH_MAX];
    char text[2 * PATH_MAX] = "";
    size_t size = 0;
    path_of(path, "%s/etc/ld.so.preload", root);
    path_of(line, "%s/" LIBRARY "\n", directory);
    const unsigned char *bytes = map_file(path, &size);
    if (bytes && memmem(bytes, size, line, strlen(line) - 1))
        return;
    if (size + strlen(line) + 2 > sizeof text)
        fail("%s is too long", path);
    strcpy(text, line);
    if (bytes)
        memcpy(text + strlen(line), bytes, size);
    write_file(path, (const unsigned char *)text, strlen(line) + size, 0644);
}

/* The directory must be nobody else's to swap files in, or the library refuses its policy. */
static void make_directory(const char *directory)
{
    char path[PATH_MAX];
    path_of(path, "%s%s", root, directory);
    if (mkdir(path, 0755) < 0 && errno != EEXIST)
        fail("%s: %s", path, strerror(errno));
    if (chmod(path, 0755) < 0)
        fprintf(stderr, "owneronly-copy: %s may be open to others, mode 0755 cannot be set: %s\n",
                path, strerror(errno));
}

static void copy_all(const char *libc, const char *directory, bool preload)
{
    char own[PATH_MAX] = "";
    char source[PATH_MAX];
    if (readlink("/proc/self/exe", own, sizeof own - 1) < 0)
        fail("/proc/self/exe: %s", strerror(errno));
    *strrchr(own, '/') = '\0';
    make_directory(directory);
    path_of(source, "%s/%s" LIBRARY, own, strcmp(libc, "musl") == 0 ? "musl/" : "");
    copy(source, directory, LIBRARY, 0755);
    path_of(source, "%s/owneronly.conf", own);
    copy(source, directory, "owneronly.conf", 0644);
    if (preload)
        name_in_preload(directory);
    printf("owneronly-copy: the library for %s is in %s/" LIBRARY "\n", libc, directory);
}

static const char *value_of(char **argument)
{
    if (!argument[1]) {
        fprintf(stderr, "owneronly-copy: %s needs a value\n%s", *argument, usage);
        exit(2);
    }
    return argument[1];
}

int main(int count, char **arguments)
{
    const char *libc = NULL;
    const char *program = NULL;
    bool preload = false;
    char **argument = arguments + (count > 0);
    for (; *argument && (*argument)[0] == '-'; argument++) {
        if (strcmp(*argument, "--libc") == 0)
            libc = value_of(argument++);
        else if (strcmp(*argument, "--root") == 0)
            root = value_of(argument++);
        else if (strcmp(*argument, "--program") == 0)
            program = value_of(argument++);
        else if (strcmp(*argument, "--preload") == 0)
            preload = true;
        else if (strcmp(*argument, "--version") == 0)
            return puts("owneronly-copy " OWNERONLY_VERSION) < 0;
        else if (strcmp(*argument, "--help") == 0)
            return fputs(usage, stdout) < 0;
        else
            break;
    }
    bool libc_is_known = !libc || strcmp(libc, "glibc") == 0 || strcmp(libc, "musl") == 0;
    if (!*argument || (*argument)[0] != '/' || argument[1] || !libc_is_known) {
        fprintf(stderr, "owneronly-copy: one absolute DIRECTORY is wanted\n%s", usage);
        return 2;
    }
    if (strcmp(root, "/") == 0)
        root = "";
    if (!libc)
        libc = libc_of_root(program);
    if (strcmp(libc, "glibc") == 0)
        check_glibc();
    else if (preload)
        fail("musl reads no ld.so.preload: set LD_PRELOAD=%s/" LIBRARY " instead", *argument);
    copy_all(libc, *argument, preload);
    return fflush(stdout) != 0;
}
