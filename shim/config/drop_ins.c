/*
 * Reads a directory without opendir(3), which allocates.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/config/drop_ins.h"
#include "policy/base/text.h"
#include "shim/config/fatal.h"

#include <string.h>

#define SUFFIX ".conf"

/* getdents64(2) */
struct entry {
    uint64_t inode;
    int64_t offset;
    uint16_t size;
    uint8_t type;
    char name[];
};

static bool is_drop_in(const char *name)
{
    size_t length = strlen(name);
    return name[0] != '.' && length > sizeof SUFFIX - 1 &&
           strcmp(name + length - (sizeof SUFFIX - 1), SUFFIX) == 0;
}

/* Insertion sort: they are few. */
static void add(struct drop_ins *drop_ins, const char *directory, const char *name)
{
    char path[PATH_MAX];
    struct text text = text_begin(path, sizeof path);
    if (drop_ins->count == POLICY_FILES_MAX)
        fatal_at(directory, 0, "holds more than the 64 files that a policy can have");
    text_put(&text, directory);
    text_put(&text, "/");
    text_put(&text, name);
    size_t at = drop_ins->count++;
    for (; at > 0 && strcmp(drop_ins->paths[at - 1], path) > 0; at--)
        memcpy(drop_ins->paths[at], drop_ins->paths[at - 1], PATH_MAX);
    memcpy(drop_ins->paths[at], path, text.length + 1);
}

static void add_all(struct drop_ins *drop_ins, const char *directory, const char *entries,
                    long length)
{
    for (long at = 0; at < length;) {
        const struct entry *entry = (const void *)(entries + at);
        if (is_drop_in(entry->name))
            add(drop_ins, directory, entry->name);
        at += entry->size;
    }
}

__attribute__((noreturn)) static void refuse(const char *directory, int error)
{
    fatal_file(directory, "cannot be read", error, &(struct fatal_includer){NULL, 0});
}

int drop_ins_open(const char *directory)
{
    int fd = sys_openat(AT_FDCWD, directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    if (fd < 0 && fd != -ENOENT)
        refuse(directory, -fd);
    return fd;
}

void drop_ins_read(struct drop_ins *drop_ins, const char *directory, int fd)
{
    _Alignas(struct entry) char entries[2048];
    long length;
    while ((length = sys_call(SYS_getdents64, fd, (long)entries, sizeof entries, 0, 0)) > 0)
        add_all(drop_ins, directory, entries, length);
    if (length < 0)
        refuse(directory, (int)-length);
    sys_close(fd);
}
