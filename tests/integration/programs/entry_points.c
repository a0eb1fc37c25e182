/*
 * Writes a document to a file by one named entry point of libc.
 *
 * usage: entry_points --list | ENTRY FILE
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <wchar.h>

#define WRITE_FLAGS (O_WRONLY | O_TRUNC)
#define CREATE_FLAGS (WRITE_FLAGS | O_CREAT)

static const char document[] = "[\"new\"]";

static int finish(int fd)
{
    if (fd < 0 || write(fd, document, strlen(document)) < 0)
        return -1;
    return close(fd);
}

static int finish_stream(FILE *stream)
{
    if (!stream || fputs(document, stream) == EOF)
        return -1;
    return fclose(stream);
}

#define ENTRY(name, call)                                                                          \
    static int by_##name(const char *path)                                                         \
    {                                                                                              \
        return call;                                                                               \
    }

ENTRY(open, finish(open(path, CREATE_FLAGS, 0644)))
ENTRY(open64, finish(open64(path, CREATE_FLAGS, 0644)))
ENTRY(openat, finish(openat(AT_FDCWD, path, CREATE_FLAGS, 0644)))
ENTRY(openat64, finish(openat64(AT_FDCWD, path, CREATE_FLAGS, 0644)))
ENTRY(creat, finish(creat(path, 0644)))
ENTRY(creat64, finish(creat64(path, 0644)))
ENTRY(fopen, finish_stream(fopen(path, "w")))
ENTRY(fopen64, finish_stream(fopen64(path, "we")))
ENTRY(freopen, finish_stream(freopen(path, "w", fopen("/dev/null", "r"))))
ENTRY(freopen64, finish_stream(freopen64(path, "w", fopen("/dev/null", "r"))))
ENTRY(freopen_twice, finish_stream(freopen(path, "w", fopen(path, "w"))))
ENTRY(syscall_open, finish((int)syscall(SYS_openat, AT_FDCWD, path, CREATE_FLAGS, 0644)))

/* With a character set, a stream takes wide characters only. */
static int by_fopen_ccs(const char *path)
{
    FILE *stream = fopen(path, "w,ccs=UTF-8");
    return stream && fputws(L"[\"new\"]", stream) >= 0 ? fclose(stream) : -1;
}

static int by_syscall_close(const char *path)
{
    int fd = open(path, CREATE_FLAGS, 0644);
    return write(fd, document, strlen(document)) < 0 ? -1 : (int)syscall(SYS_close, fd);
}

static int by_dup3_onto(const char *path)
{
    int fd = open(path, CREATE_FLAGS, 0644);
    ssize_t written = write(fd, document, strlen(document));
    int null = open("/dev/null", O_RDONLY);
    return written < 0 || dup3(null, fd, O_CLOEXEC) != fd ? -1 : 0;
}

/* As others see it: to its opener, a pending file has its name already. */
static int is_in_directory(const char *path)
{
    char directory[4096];
    const char *slash = strrchr(path, '/');
    int length = slash ? (int)(slash - path) + 1 : 0;
    snprintf(directory, sizeof directory, "%.*s.", length, path);
    DIR *entries = opendir(directory);
    int found = 0;
    for (struct dirent *entry = NULL; entries && (entry = readdir(entries));)
        found |= strcmp(entry->d_name, slash ? slash + 1 : path) == 0;
    if (entries)
        closedir(entries);
    return found;
}

/* The name must not be there before the last descriptor is closed. */
static int finish_copy(int fd, int copy, const char *path)
{
    ssize_t written = write(fd, document, 2);
    if (written < 0 || close(fd) != 0 || is_in_directory(path))
        return -1;
    return write(copy, document + 2, strlen(document) - 2) < 0 ? -1 : close(copy);
}

#define COPY(name, call)                                                                           \
    static int by_##name(const char *path)                                                         \
    {                                                                                              \
        int fd = open(path, CREATE_FLAGS, 0644);                                                   \
        return finish_copy(fd, call, path);                                                        \
    }

COPY(dup, dup(fd))
COPY(fcntl, fcntl(fd, F_DUPFD_CLOEXEC, 50))
COPY(syscall_dup, (int)syscall(SYS_dup, fd))
#ifdef SYS_fcntl64
COPY(syscall_fcntl, (int)syscall(SYS_fcntl64, fd, F_DUPFD, 50))
#else
COPY(syscall_fcntl, (int)syscall(SYS_fcntl, fd, F_DUPFD, 50))
#endif

/* Too long a file, which its owner has made readable to all; then cut. */
static off_t make_long(const char *path)
{
    if (by_open(path) != 0 || chmod(path, 0644) != 0)
        return -1;
    FILE *stream = fopen(path, "a");
    if (!stream || fputs("   ", stream) == EOF || fclose(stream) != 0)
        return -1;
    return chmod(path, 0644) == 0 ? (off_t)strlen(document) : -1;
}

ENTRY(truncate, truncate(path, make_long(path)))
ENTRY(truncate64, truncate64(path, make_long(path)))
#ifdef SYS_truncate64
ENTRY(syscall_truncate, (int)syscall(SYS_truncate64, path, (long)make_long(path), 0L))
#else
ENTRY(syscall_truncate, (int)syscall(SYS_truncate, path, (long)make_long(path)))
#endif

static int by_return_from_main(const char *path)
{
    FILE *stream = fopen(path, "w");
    return stream && fputs(document, stream) != EOF ? 0 : -1;
}

static int by_exit(const char *path)
{
    exit(by_return_from_main(path) == 0 ? 0 : 1);
}

/* Unflushed data is the program's own loss here without the library, so it is flushed. */
static int write_stream(const char *path)
{
    FILE *stream = fopen(path, "w");
    return stream && fputs(document, stream) != EOF ? fflush(stream) : -1;
}

static int by__exit(const char *path)
{
    _exit(write_stream(path) == 0 ? 0 : 1);
}

static int by__Exit(const char *path)
{
    _Exit(write_stream(path) == 0 ? 0 : 1);
}

static int by_quick_exit(const char *path)
{
    quick_exit(write_stream(path) == 0 ? 0 : 1);
}

#ifdef __GLIBC__
#include "entry_points_glibc.h"
#else
#include "entry_points_musl.h"
#endif

#define ROW(name)                                                                                  \
    {                                                                                              \
#name, by_##name                                                                           \
    }

static const struct {
    const char *name;
    int (*write)(const char *);
} entries[] = {ROW(open),
               ROW(open64),
               ROW(openat),
               ROW(openat64),
               ROW(creat),
               ROW(creat64),
               ROW(fopen),
               ROW(fopen64),
               ROW(fopen_ccs),
               ROW(freopen),
               ROW(freopen64),
               ROW(freopen_twice),
               ROW(syscall_open),
               ROW(syscall_close),
               ROW(dup3_onto),
               ROW(return_from_main),
               ROW(exit),
               ROW(_exit),
               ROW(_Exit),
               ROW(quick_exit),
               ROW(dup),
               ROW(fcntl),
               ROW(syscall_dup),
               ROW(syscall_fcntl),
               ROW(truncate),
               ROW(truncate64),
               ROW(syscall_truncate),
               ROWS_OF_LIBC};

int main(int argc, char **argv)
{
    const size_t count = sizeof entries / sizeof entries[0];
    if (argc == 2 && strcmp(argv[1], "--list") == 0) {
        for (size_t i = 0; i < count; i++)
            puts(entries[i].name);
        return 0;
    }
    for (size_t i = 0; argc == 3 && i < count; i++) {
        if (strcmp(argv[1], entries[i].name) != 0)
            continue;
        if (entries[i].write(argv[2]) == 0)
            return 0;
        perror(argv[1]);
        return 1;
    }
    fputs("usage: entry_points --list | ENTRY FILE\n", stderr);
    return 2;
}
