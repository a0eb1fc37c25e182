/*
 * What programs that try many calls have in common.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_TESTS_INTEGRATION_PROGRAMS_ALIKE_H
#define OWNERONLY_TESTS_INTEGRATION_PROGRAMS_ALIKE_H

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define F "f.json"

/* The call, whether it failed, and with what. */
#define SHOW(call)                                                                                 \
    do {                                                                                           \
        errno = 0;                                                                                 \
        long result_ = (long)(call);                                                               \
        printf("%s: %s, %s\n", #call, result_ < 0 ? "fails" : "succeeds", strerror(errno));        \
    } while (0)

#define VALUE(value) printf("%s: %ld\n", #value, (long)(value))

static inline int begin(const char *path, int flags)
{
    int fd = open(path, flags | O_CREAT, 0666);
    if (fd < 0)
        err(3, "%s", path);
    return fd;
}

/* Adds text to a file that is nobody's protected one, or to one that stands there. */
static inline void put(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0644);
    if (fd < 0 || write(fd, text, strlen(text)) < 0 || close(fd) < 0)
        err(3, "%s", path);
}

/* What stands in a file. */
static inline void say(const char *path)
{
    char bytes[64];
    int fd = open(path, O_RDONLY);
    ssize_t length = fd < 0 ? 0 : read(fd, bytes, sizeof bytes);
    printf("%s has '%.*s'\n", path, (int)length, bytes);
    if (fd >= 0)
        close(fd);
}

/* Descriptors, or those of them that do not close on exec. */
static inline int count_descriptors(bool all)
{
    int count = 0;
    DIR *directory = opendir("/proc/self/fd");
    for (struct dirent *entry = NULL; directory && (entry = readdir(directory));) {
        int fd = entry->d_name[0] == '.' ? -1 : atoi(entry->d_name);
        count += fd >= 0 && fd != dirfd(directory) && (all || fcntl(fd, F_GETFD) == 0);
    }
    if (directory)
        closedir(directory);
    return count;
}

static inline int inherited_descriptors(void)
{
    return count_descriptors(false);
}

struct alike_case {
    const char *name;
    void (*run)(void);
};

static inline int alike_main(const struct alike_case cases[], size_t count, int argc, char **argv)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    umask(022);
    for (size_t i = 0; argc == 2 && i < count; i++) {
        if (strcmp(cases[i].name, argv[1]) != 0)
            continue;
        int before = count_descriptors(true);
        cases[i].run();
        printf("descriptors left: %d\n", count_descriptors(true) - before);
        return 0;
    }
    for (size_t i = 0; argc == 1 && i < count; i++)
        puts(cases[i].name);
    return argc == 1 ? 0 : 2;
}

#endif
