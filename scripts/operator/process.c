/*
 * Reads /proc/PID.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "scripts/operator/process.h"

#include <ctype.h>
#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LIBRARY "/libowneronly.so"
#define DELETED " (deleted)"

/* The directory itself is held, so that all is of one process, even if its number is used again. */
static int open_process(pid_t pid)
{
    char path[32];
    (void)snprintf(path, sizeof path, "/proc/%d", (int)pid);
    return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static FILE *open_file(int directory, const char *name)
{
    int fd = openat(directory, name, O_RDONLY | O_CLOEXEC);
    return fd < 0 ? NULL : fdopen(fd, "r");
}

static bool cut_ending(char *text, const char *ending)
{
    size_t length = strlen(text), ending_length = strlen(ending);
    bool ends = length >= ending_length && strcmp(text + length - ending_length, ending) == 0;
    if (ends)
        text[length - ending_length] = '\0';
    return ends;
}

/* "ADDRESSES PERMISSIONS OFFSET DEVICE INODE PATH" */
static bool is_of_library(char *line, struct process *process)
{
    char *path = strchr(line, '/');
    line[strcspn(line, "\n")] = '\0';
    if (!path)
        return false;
    bool is_replaced = cut_ending(path, DELETED);
    if (strlen(path) < sizeof LIBRARY - 1 ||
        strcmp(path + strlen(path) - (sizeof LIBRARY - 1), LIBRARY) != 0)
        return false;
    process->library = strdup(path);
    process->is_replaced = is_replaced;
    return true;
}

static int find_library(struct process *process, int directory)
{
    char *line = NULL;
    size_t size = 0;
    FILE *maps = open_file(directory, "maps");
    if (!maps)
        return -errno;
    errno = 0;
    while (getline(&line, &size, maps) > 0 && !is_of_library(line, process))
        ;
    int result = process->library ? 0 : -errno;
    free(line);
    fclose(maps);
    return result;
}

static int read_environment(struct process *process, int directory)
{
    FILE *file = open_file(directory, "environ");
    if (!file)
        return -errno;
    errno = 0;
    size_t size = 0;
    FILE *copy = open_memstream(&process->environment, &process->environment_length);
    char block[4096];
    while (copy && (size = fread(block, 1, sizeof block, file)) > 0)
        (void)fwrite(block, 1, size, copy);
    int result = ferror(file) ? -errno : 0;
    if (!copy || fclose(copy) != 0)
        abort();
    fclose(file);
    return result;
}

/* The auxiliary vector is one of longs, of the process's own size. */
static bool has_our_class(int directory)
{
    unsigned char identity[EI_NIDENT] = {0};
    int fd = openat(directory, "exe", O_RDONLY | O_CLOEXEC);
    bool is_ours = fd >= 0 && read(fd, identity, sizeof identity) == sizeof identity &&
                   identity[EI_CLASS] == (sizeof(long) == 8 ? ELFCLASS64 : ELFCLASS32);
    if (fd >= 0)
        close(fd);
    return is_ours;
}

static bool is_privileged(int directory)
{
    ElfW(auxv_t) entry;
    bool found = false;
    FILE *vector = has_our_class(directory) ? open_file(directory, "auxv") : NULL;
    while (vector && !found && fread(&entry, sizeof entry, 1, vector) == 1)
        found = entry.a_type == AT_SECURE && entry.a_un.a_val != 0;
    if (vector)
        fclose(vector);
    return found;
}

static char *program_of(int directory)
{
    char path[PATH_MAX];
    ssize_t length = readlinkat(directory, "exe", path, sizeof path - 1);
    path[length < 0 ? 0 : length] = '\0';
    (void)cut_ending(path, DELETED);
    const char *slash = strrchr(path, '/');
    char *program = strdup(slash ? slash + 1 : path);
    if (!program)
        abort();
    return program;
}

int process_read(struct process *process, pid_t pid)
{
    struct stat status;
    *process = (struct process){.pid = pid};
    int directory = open_process(pid);
    if (directory < 0)
        return -errno;
    int result = fstat(directory, &status) < 0 ? -errno : find_library(process, directory);
    if (result == 0 && process->library)
        result = read_environment(process, directory);
    if (result == 0) {
        process->uid = status.st_uid;
        process->program = program_of(directory);
        process->is_privileged = is_privileged(directory);
    } else {
        process_release(process);
    }
    close(directory);
    return result;
}

void process_release(struct process *process)
{
    free(process->program);
    free(process->library);
    free(process->environment);
    *process = (struct process){.pid = process->pid};
}

const char *process_variable(const struct process *process, const char *name)
{
    size_t length = strlen(name);
    const char *end = process->environment + process->environment_length;
    for (const char *entry = process->environment; entry && entry < end; entry += strlen(entry) + 1)
        if (strncmp(entry, name, length) == 0 && entry[length] == '=')
            return entry[length + 1] ? entry + length + 1 : NULL;
    return NULL;
}

static int compare(const void *a, const void *b)
{
    const pid_t *first = a, *second = b;
    return (*first > *second) - (*first < *second);
}

pid_t *process_list(void)
{
    pid_t *pids = NULL;
    size_t count = 0;
    struct dirent *entry;
    DIR *processes = opendir("/proc");
    if (!processes)
        return NULL;
    do {
        errno = 0;
        entry = readdir(processes);
        if (entry && !isdigit((unsigned char)entry->d_name[0]))
            continue;
        pids = realloc(pids, (count + 1) * sizeof *pids);
        if (!pids)
            abort();
        pids[count++] = entry ? (pid_t)strtol(entry->d_name, NULL, 10) : 0;
    } while (entry);
    int error = errno;
    closedir(processes);
    if (error != 0) {
        free(pids);
        errno = error;
        return NULL;
    }
    qsort(pids, count - 1, sizeof *pids, compare);
    return pids;
}
