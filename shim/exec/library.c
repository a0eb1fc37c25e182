/*
 * Looks at the very file that the next loader would map.
 *
 * Where the answer is not certain it is no: a file that is published too early is still owner-only,
 * one that nobody publishes is lost.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/exec/library.h"
#include "policy/base/text.h"
#include "shim/base/compiler.h"
#include "shim/base/sys_process.h"
#include "shim/exec/preload.h"
#include "shim/exec/target.h"

#include <limits.h>
#include <link.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#define PRELOAD_FILE "/etc/ld.so.preload"
/* As much of it as is read, and of a note segment. */
#define READ_SIZE 1024

#define NOT_NAMED "its environment does not name the library in LD_PRELOAD"
#define NO_OBJECT "the library that LD_PRELOAD names is no shared object for this program"
#define NO_NOTE "the library that LD_PRELOAD names does not read this version's hand-overs"

#ifdef __GLIBC__

const char *library_own_path(void)
{
    const struct link_map *map = _r_debug.r_map;
    while (map && map->l_ld != _DYNAMIC)
        map = map->l_next;
    return map && map->l_name[0] == '/' ? map->l_name : NULL;
}

#else

const char *library_own_path(void)
{
    return NULL;
}

#endif

/*
 * The loader puts directories for $LIB and $PLATFORM.  What it put for this process is in the path
 * of this library; $ORIGIN is the program's directory, so that one differs from program to program.
 */
static const char *expanded(struct slice element)
{
    const char *own = library_own_path();
    const char *dollar = memchr(element.bytes, '$', element.length);
    if (!own || memmem(element.bytes, element.length, "ORIGIN", 6))
        return NULL;
    size_t before = (size_t)(dollar - element.bytes);
    const char *slash = memchr(dollar, '/', element.length - before);
    struct slice behind = slice_after(element, slash ? (size_t)(slash - element.bytes) : before);
    return slash && !memchr(behind.bytes, '$', behind.length) &&
                   slice_begins(slice_of(own), slice_first(element, before)) &&
                   slice_ends(slice_of(own), behind)
               ? own
               : NULL;
}

/* A name without a slash is searched for; in the loader's own directories it will be found again.
 */
static const char *found_by_name(void)
{
    static const char *const directories[] = {"/lib/", "/lib64/", "/usr/lib/", "/usr/lib64/"};
    const char *own = library_own_path();
    const char *slash = own ? strrchr(own, '/') : NULL;
    for (size_t i = 0; slash && i < sizeof directories / sizeof *directories; i++) {
        size_t length = strlen(directories[i]);
        if (strncmp(own, directories[i], length) != 0)
            continue;
        /* Directly there, or one directory deeper, in that of this architecture. */
        const char *deeper = own + length;
        if (deeper > slash)
            return own;
        const char *end = strchr(deeper, '/');
        if (end == slash && memmem(deeper, (size_t)(end - deeper), "-linux-", 7))
            return own;
    }
    return NULL;
}

static const char *path_of(struct slice element, char *buffer, size_t size)
{
    if (memchr(element.bytes, '$', element.length))
        return expanded(element);
    if (!memchr(element.bytes, '/', element.length))
        return found_by_name();
    if (element.length >= size)
        return NULL;
    struct text text = text_begin(buffer, size);
    text_put_slice(&text, element);
    return buffer;
}

static size_t padded(uint32_t size)
{
    return ((size_t)size + 3) & ~(size_t)3;
}

static bool note_is_ours(const ElfW(Nhdr) * header, const char *name)
{
    return header->n_type == LIBRARY_NOTE_TYPE && header->n_descsz == sizeof(struct library_note) &&
           header->n_namesz == sizeof LIBRARY_NOTE_NAME &&
           memcmp(name, LIBRARY_NOTE_NAME, sizeof LIBRARY_NOTE_NAME) == 0;
}

static bool notes_have_version(const char *notes, size_t length, uint32_t version)
{
    ElfW(Nhdr) header;
    for (size_t at = 0; at + sizeof header <= length;) {
        memcpy(&header, notes + at, sizeof header);
        size_t name = at + sizeof header;
        size_t size = padded(header.n_namesz) + padded(header.n_descsz);
        if (size > length - name)
            return false;
        if (note_is_ours(&header, notes + name)) {
            struct library_note note;
            memcpy(&note, notes + name + padded(header.n_namesz), sizeof note);
            return note.oldest <= version && version <= note.newest;
        }
        at = name + size;
    }
    return false;
}

static bool segment_has_version(int fd, const ElfW(Phdr) * segment, uint32_t version)
{
    char notes[READ_SIZE];
    size_t size = segment->p_filesz < sizeof notes ? segment->p_filesz : sizeof notes;
    ssize_t got = sys_pread(fd, notes, size, segment->p_offset);
    return got == (ssize_t)size && notes_have_version(notes, size, version);
}

/* The loader maps what is there: half a file, as in the middle of an upgrade, is none. */
static const char *object_obstacle(int fd, uint64_t file_size, uint32_t version)
{
    ElfW(Ehdr) header;
    bool reads = false;
    if (sys_pread(fd, &header, sizeof header, 0) != sizeof header || !target_is_native(&header) ||
        header.e_type != ET_DYN)
        return NO_OBJECT;
    for (unsigned i = 0; i < header.e_phnum; i++) {
        ElfW(Phdr) segment;
        uint64_t at = header.e_phoff + i * sizeof segment;
        if (sys_pread(fd, &segment, sizeof segment, at) != sizeof segment ||
            (segment.p_type == PT_LOAD &&
             (uint64_t)segment.p_offset + segment.p_filesz > file_size))
            return NO_OBJECT;
        if (segment.p_type == PT_NOTE && segment_has_version(fd, &segment, version))
            reads = true;
    }
    return reads ? NULL : NO_NOTE;
}

static const char *file_obstacle(int fd, uint32_t version)
{
    struct statx status;
    struct statfs mount;
    if (sys_fstat(fd, &status) < 0 || !S_ISREG(status.stx_mode))
        return NO_OBJECT;
    if (sys_fstatfs(fd, &mount) < 0 || (mount.f_flags & SYS_MOUNT_NOEXEC))
        return "the library that LD_PRELOAD names is on a file system that allows no execution";
    return object_obstacle(fd, status.stx_size, version);
}

/* As the user that the next image will be: access(2) leaves out what exec(2) takes away. */
static const char *path_obstacle(const char *path, uint32_t version)
{
    int fd = sys_faccessat(AT_FDCWD, path, R_OK);
    if (fd == 0)
        fd = sys_openat(AT_FDCWD, path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0);
    if (fd == -EACCES)
        return "its user may not read the library that LD_PRELOAD names";
    if (fd < 0)
        return "the library that LD_PRELOAD names is not to be found from there";
    const char *obstacle = file_obstacle(fd, version);
    sys_close(fd);
    return obstacle;
}

NOINLINE static const char *list_obstacle(const char *list, uint32_t version)
{
    char buffer[PATH_MAX];
    struct slice element;
    const char *obstacle = NOT_NAMED;
    while (obstacle && preload_next(&list, &element)) {
        if (!preload_is_ours(element))
            continue;
        const char *path = path_of(element, buffer, sizeof buffer);
        obstacle = path ? path_obstacle(path, version)
                        : "the library in LD_PRELOAD has no path that is certain";
    }
    return obstacle;
}

#ifdef __GLIBC__

/* White space or colons between names, and comments: as the loader reads it. */
static void make_list(char *text)
{
    for (bool comment = false; *text; text++) {
        comment = *text != '\n' && (comment || *text == '#');
        if (comment || *text == '\t' || *text == '\n')
            *text = ' ';
    }
}

NOINLINE static bool file_names_ours(uint32_t version)
{
    char text[READ_SIZE];
    int fd = sys_openat(AT_FDCWD, PRELOAD_FILE, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0)
        return false;
    ssize_t got = sys_read(fd, text, sizeof text - 1);
    sys_close(fd);
    if (got <= 0)
        return false;
    text[got] = '\0';
    make_list(text);
    return list_obstacle(text, version) == NULL;
}

#else

static bool file_names_ours(uint32_t version)
{
    (void)version;
    return false;
}

#endif

static const char *environment_obstacle(char *const environment[], uint32_t version)
{
    static const char key[] = PRELOAD_VARIABLE "=";
    const char *obstacle = NOT_NAMED;
    for (char *const *entry = environment; entry && *entry; entry++) {
        if (strncmp(*entry, key, sizeof key - 1) != 0)
            continue;
        obstacle = list_obstacle(*entry + sizeof key - 1, version);
        if (obstacle)
            break;
    }
    return obstacle;
}

const char *library_obstacle(char *const environment[], uint32_t version)
{
    if (sys_getuid() != sys_geteuid() || sys_getgid() != sys_getegid())
        return "its real and effective users differ, so the loader ignores LD_PRELOAD";
    const char *obstacle = environment_obstacle(environment, version);
    return obstacle && file_names_ours(version) ? NULL : obstacle;
}
