/*
 * Marks on a pending file's inode.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/writer/marks.h"
#include "shim/base/proc.h"
#include "shim/writer/internal.h"

#include <string.h>

#define OWNER_MODE(mode) ((mode)&S_IRWXU)

/* What the owner may do, beside the mark, for each errno; S_IXUSR alone or with others: left. */
static const struct {
    mode_t mode;
    int error;
} meanings[] = {
    {S_IRUSR | S_IWUSR, EIO}, /* and all others: the first */
    {S_IRUSR, ENOSPC},
    {S_IWUSR, EFBIG},
    {0, MARKS_KILLED},
};

int marks_error(mode_t mode)
{
    if (!(mode & MARKS_BIT) || marks_left(mode))
        return 0;
    for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++)
        if (meanings[i].mode == OWNER_MODE(mode))
            return meanings[i].error;
    return EIO;
}

static mode_t mode_of(int error)
{
    for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++)
        if (meanings[i].error == error)
            return MARKS_BIT | meanings[i].mode;
    return MARKS_BIT | meanings[0].mode;
}

/* Has it no name yet but its own hidden one? */
static bool is_pending(const struct writer_file *file, int fd, const struct statx *status)
{
    if (!file->temporary[0])
        return status->stx_nlink == 0;
    char path[PATH_MAX];
    ssize_t length = proc_real_path(fd, path, sizeof path);
    if (length <= 0)
        return false;
    const char *name = path_name(path, (size_t)length);
    size_t size = (size_t)(path + length - name);
    return size == strlen(file->temporary) && memcmp(name, file->temporary, size) == 0;
}

int marks_condemn(const struct writer_file *file, int fd, int error)
{
    struct statx status;
    int result = sys_fstat(fd, &status);
    if (result < 0 || !writer_id_matches(&file->id, &status))
        return result;
    if (marks_error(status.stx_mode) || !is_pending(file, fd, &status))
        return 0;
    mode_t before = status.stx_mode & ~(mode_t)S_IFMT;
    result = sys_fchmod(fd, mode_of(error));
    /* Published in between: what stands under the name now is not for us to mark. */
    if (result == 0 && sys_fstat(fd, &status) == 0 && !is_pending(file, fd, &status))
        (void)sys_fchmod(fd, before);
    return result;
}

/* The bits of reading and writing stay: the program may have narrowed them (403). */
int marks_leave(int fd, mode_t mode)
{
    return sys_fchmod(fd, MARKS_BIT | S_IXUSR | (mode & WRITER_PRIVATE_MODE));
}

static bool is_left(const struct writer_file *file, int fd, mode_t *mode)
{
    struct statx status;
    if (sys_fstat(fd, &status) < 0 || !writer_id_matches(&file->id, &status))
        return false;
    *mode = status.stx_mode;
    return marks_left(status.stx_mode);
}

bool marks_take(struct writer_file *file, int fd)
{
    mode_t mode;
    return is_left(file, fd, &mode) && !held_by_others(fd) && marks_take_held(file, fd);
}

bool marks_take_held(struct writer_file *file, int fd)
{
    mode_t mode;
    if (!is_left(file, fd, &mode))
        return false;
    mode &= WRITER_PRIVATE_MODE;
    return sys_fchmod(fd, mode == WRITER_PRIVATE_MODE ? file->created_mode : mode) == 0;
}
