/*
 * What only glibc has: the other names of its own functions, and those that it took from elsewhere.
 * Part of entry_points.c.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
/* Not in the headers without _FORTIFY_SOURCE, or at all. */
int __open(const char *path, int flags, ...);
int __open64(const char *path, int flags, ...);
int __open_2(const char *path, int flags);
int __open64_2(const char *path, int flags);
int __openat_2(int dirfd, const char *path, int flags);
int __openat64_2(int dirfd, const char *path, int flags);
FILE *_IO_fopen(const char *path, const char *mode);
int _IO_fclose(FILE *stream);
int __close(int fd);
#if __WORDSIZE == 32
int __fcntl_time64(int fd, int command, ...);
#endif

/* The forms without a mode can't create. */
static const char *make(const char *path)
{
    int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT, 0644);
    syscall(SYS_close, fd);
    return path;
}

ENTRY(__open, finish(__open(path, CREATE_FLAGS, 0644)))
ENTRY(__open64, finish(__open64(path, CREATE_FLAGS, 0644)))
ENTRY(__open_2, finish(__open_2(make(path), WRITE_FLAGS)))
ENTRY(__open64_2, finish(__open64_2(make(path), WRITE_FLAGS)))
ENTRY(__openat_2, finish(__openat_2(AT_FDCWD, make(path), WRITE_FLAGS)))
ENTRY(__openat64_2, finish(__openat64_2(AT_FDCWD, make(path), WRITE_FLAGS)))
ENTRY(_IO_fopen, _IO_fclose(_IO_fopen(path, "w")) == 0 ? finish_stream(fopen(path, "w")) : -1)

static int by___close(const char *path)
{
    int fd = open(path, CREATE_FLAGS, 0644);
    return write(fd, document, strlen(document)) < 0 ? -1 : __close(fd);
}

#if __GLIBC_PREREQ(2, 34)
static int by_close_range(const char *path)
{
    int fd = open(path, CREATE_FLAGS, 0644);
    return write(fd, document, strlen(document)) < 0 ? -1
                                                     : close_range((unsigned)fd, (unsigned)fd, 0);
}

static int by_closefrom(const char *path)
{
    int fd = open(path, CREATE_FLAGS, 0644);
    ssize_t written = write(fd, document, strlen(document));
    closefrom(3);
    return written < 0 ? -1 : 0;
}
#define ROWS_OF_2_34 ROW(close_range), ROW(closefrom),
#else
#define ROWS_OF_2_34
#endif

static int by_fcloseall(const char *path)
{
    FILE *stream = fopen(path, "w");
    return stream && fputs(document, stream) != EOF ? fcloseall() : -1;
}

COPY(fcntl64, fcntl64(fd, F_DUPFD, 50))
#if __WORDSIZE == 32
COPY(__fcntl_time64, __fcntl_time64(fd, F_DUPFD, 50))
#define ROWS_OF_32_BITS ROW(__fcntl_time64),
#else
#define ROWS_OF_32_BITS
#endif

#define ROWS_OF_LIBC                                                                               \
    ROWS_OF_32_BITS ROWS_OF_2_34 ROW(__open), ROW(__open64), ROW(__open_2), ROW(__open64_2),       \
        ROW(__openat_2), ROW(__openat64_2), ROW(_IO_fopen), ROW(__close), ROW(fcloseall),          \
        ROW(fcntl64),
