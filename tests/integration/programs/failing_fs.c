/*
 * A FUSE file system that shows a directory, and fails on request.
 *
 * usage: failing_fs -o fail=OPERATION:ERRNO:FIRST:LAST DIRECTORY MOUNT_POINT
 *
 * OPERATION    open, create, read, write, flush, fsync, chmod, truncate, link, rename; linked and
 *              renamed: the call is done, and its answer is lost, as NFS may lose it
 * ERRNO        a number
 * FIRST, LAST  which calls of it fail, counted from 1
 *
 * It knows no O_TMPFILE and no extended attributes, as many a FUSE file system.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#define FUSE_USE_VERSION 31

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fuse.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int backing; /* the directory that is shown */
static char failing[16];
static int failure;
static int fail_first, fail_last;
static _Atomic int calls;

/* What the operation is to fail with now, or 0. */
static int fails(const char *operation)
{
    if (strcmp(operation, failing) != 0)
        return 0;
    int call = atomic_fetch_add(&calls, 1) + 1;
    return call >= fail_first && call <= fail_last ? -failure : 0;
}

static const char *below(const char *path)
{
    return path[1] ? path + 1 : ".";
}

static int answer(int result)
{
    return result < 0 ? -errno : result;
}

#define FAIL_ON_REQUEST(operation)                                                                 \
    do {                                                                                           \
        int requested = fails(operation);                                                          \
        if (requested)                                                                             \
            return requested;                                                                      \
    } while (0)

static void *fs_init(struct fuse_conn_info *connection, struct fuse_config *config)
{
    (void)connection;
    config->use_ino = 1;
    config->nullpath_ok = 0;
    config->hard_remove = 1;
    config->entry_timeout = config->attr_timeout = config->negative_timeout = 0;
    return NULL;
}

static int fs_getattr(const char *path, struct stat *status, struct fuse_file_info *info)
{
    if (info)
        return answer(fstat((int)info->fh, status));
    return answer(fstatat(backing, below(path), status, AT_SYMLINK_NOFOLLOW));
}

static int keep(int fd, struct fuse_file_info *info)
{
    if (fd < 0)
        return -errno;
    info->fh = (uint64_t)fd;
    return 0;
}

static int fs_open(const char *path, struct fuse_file_info *info)
{
    FAIL_ON_REQUEST("open");
    return keep(openat(backing, below(path), info->flags | O_NOFOLLOW), info);
}

static int fs_create(const char *path, mode_t mode, struct fuse_file_info *info)
{
    FAIL_ON_REQUEST("create");
    return keep(openat(backing, below(path), info->flags | O_NOFOLLOW, mode), info);
}

static int fs_read(const char *path, char *buffer, size_t size, off_t offset,
                   struct fuse_file_info *info)
{
    (void)path;
    FAIL_ON_REQUEST("read");
    return answer((int)pread((int)info->fh, buffer, size, offset));
}

static int fs_write(const char *path, const char *buffer, size_t size, off_t offset,
                    struct fuse_file_info *info)
{
    (void)path;
    FAIL_ON_REQUEST("write");
    return answer((int)pwrite((int)info->fh, buffer, size, offset));
}

static int fs_flush(const char *path, struct fuse_file_info *info)
{
    (void)path;
    (void)info;
    return fails("flush");
}

static int fs_release(const char *path, struct fuse_file_info *info)
{
    (void)path;
    return answer(close((int)info->fh));
}

static int fs_fsync(const char *path, int data_only, struct fuse_file_info *info)
{
    (void)path;
    (void)data_only;
    FAIL_ON_REQUEST("fsync");
    return answer(fsync((int)info->fh));
}

static int fs_chmod(const char *path, mode_t mode, struct fuse_file_info *info)
{
    FAIL_ON_REQUEST("chmod");
    return answer(info ? fchmod((int)info->fh, mode) : fchmodat(backing, below(path), mode, 0));
}

static int fs_truncate(const char *path, off_t length, struct fuse_file_info *info)
{
    FAIL_ON_REQUEST("truncate");
    if (info)
        return answer(ftruncate((int)info->fh, length));
    int fd = openat(backing, below(path), O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
    int result = fd < 0 ? -errno : answer(ftruncate(fd, length));
    if (fd >= 0)
        close(fd);
    return result;
}

static int fs_link(const char *from, const char *to)
{
    FAIL_ON_REQUEST("link");
    int result = answer(linkat(backing, below(from), backing, below(to), 0));
    return result == 0 ? fails("linked") : result;
}

static int fs_rename(const char *from, const char *to, unsigned flags)
{
    FAIL_ON_REQUEST("rename");
    if (flags)
        return -EINVAL;
    int result = answer(renameat(backing, below(from), backing, below(to)));
    return result == 0 ? fails("renamed") : result;
}

static int fs_unlink(const char *path)
{
    return answer(unlinkat(backing, below(path), 0));
}

static const struct fuse_operations operations = {
    .init = fs_init,
    .getattr = fs_getattr,
    .open = fs_open,
    .create = fs_create,
    .read = fs_read,
    .write = fs_write,
    .flush = fs_flush,
    .release = fs_release,
    .fsync = fs_fsync,
    .chmod = fs_chmod,
    .truncate = fs_truncate,
    .link = fs_link,
    .rename = fs_rename,
    .unlink = fs_unlink,
};

struct settings {
    char *fail;
    const char *directory;
};

/* The first argument that is no option is the directory; the second is libfuse's. */
static int take_argument(void *data, const char *argument, int key, struct fuse_args *arguments)
{
    struct settings *settings = data;
    (void)arguments;
    if (key != FUSE_OPT_KEY_NONOPT || settings->directory)
        return 1;
    settings->directory = argument;
    return 0;
}

int main(int argc, char **argv)
{
    static const struct fuse_opt options[] = {
        {"fail=%s", offsetof(struct settings, fail), 0},
        FUSE_OPT_END,
    };
    struct settings settings = {0};
    struct fuse_args arguments = FUSE_ARGS_INIT(argc, argv);
    if (fuse_opt_parse(&arguments, &settings, options, take_argument) < 0 || !settings.directory ||
        !settings.fail ||
        sscanf(settings.fail, "%15[^:]:%d:%d:%d", failing, &failure, &fail_first, &fail_last) !=
            4) {
        fputs("usage: failing_fs -o fail=OPERATION:ERRNO:FIRST:LAST DIRECTORY MOUNT_POINT\n",
              stderr);
        return 2;
    }
    backing = open(settings.directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (backing < 0) {
        perror(settings.directory);
        return 1;
    }
    umask(0);
    int result = fuse_main(arguments.argc, arguments.argv, &operations, NULL);
    fuse_opt_free_args(&arguments);
    return result;
}
