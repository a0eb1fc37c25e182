/*
 * What only musl has.  Its headers turn open64 into open and so on, but programs in other languages
 * call the names themselves; newer versions have them for the loader only, so the linker is told
 * not to look for them.  Part of entry_points.c.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
int lfs_open(const char *path, int flags, ...) __asm__("open64");
int lfs_openat(int dirfd, const char *path, int flags, ...) __asm__("openat64");
int lfs_creat(const char *path, mode_t mode) __asm__("creat64");
FILE *lfs_fopen(const char *path, const char *mode) __asm__("fopen64");
FILE *lfs_freopen(const char *path, const char *mode, FILE *stream) __asm__("freopen64");
int lfs_truncate(const char *path, off_t length) __asm__("truncate64");

ENTRY(lfs_open, finish(lfs_open(path, CREATE_FLAGS, 0644)))
ENTRY(lfs_openat, finish(lfs_openat(AT_FDCWD, path, CREATE_FLAGS, 0644)))
ENTRY(lfs_creat, finish(lfs_creat(path, 0644)))
ENTRY(lfs_fopen, finish_stream(lfs_fopen(path, "w")))
ENTRY(lfs_freopen, finish_stream(lfs_freopen(path, "w", fopen("/dev/null", "r"))))
ENTRY(lfs_truncate, lfs_truncate(path, make_long(path)))

static int by_posix_close(const char *path)
{
    int fd = open(path, CREATE_FLAGS, 0644);
    return write(fd, document, strlen(document)) < 0 ? -1 : posix_close(fd, 0);
}

#define ROWS_OF_LIBC                                                                               \
    ROW(lfs_open), ROW(lfs_openat), ROW(lfs_creat), ROW(lfs_fopen), ROW(lfs_freopen),              \
        ROW(lfs_truncate), ROW(posix_close),
