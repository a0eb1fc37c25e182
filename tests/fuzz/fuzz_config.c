/*
 * Contract 501 to 505: whatever the settings say, the configuration is read and is as it must be,
 * or the process ends with one line and exit status 125. The input is a byte that says which
 * variables are set, and their values with a NUL after each: OWNERONLY_POLICY's file,
 * OWNERONLY_MATCH, OWNERONLY_MODE, OWNERONLY_LOG, HOME.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/config/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXIT_REFUSED 125
#define VARIABLES 5
#define VALUE_MAX 6000
#define MAPPINGS_MAX 256

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
void *__real_mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset);
void *__wrap_mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset);
int __real_munmap(void *address, size_t length);
int __wrap_munmap(void *address, size_t length);

static const char *const names[VARIABLES] = {"OWNERONLY_POLICY", "OWNERONLY_MATCH",
                                             "OWNERONLY_MODE", "OWNERONLY_LOG", "HOME"};

/* A configuration lives for ever; here, as long as one input. */
static struct {
    void *address;
    size_t length;
} mappings[MAPPINGS_MAX];
static volatile size_t mapping_count;

void *__wrap_mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset)
{
    void *memory = __real_mmap(address, length, protection, flags, fd, offset);
    if (memory == MAP_FAILED)
        return memory;
    if (mapping_count == MAPPINGS_MAX)
        abort();
    mappings[mapping_count].address = memory;
    mappings[mapping_count].length = length;
    mapping_count++;
    return memory;
}

int __wrap_munmap(void *address, size_t length)
{
    for (size_t i = 0; i < mapping_count; i++)
        if (mappings[i].address == address)
            mappings[i] = mappings[--mapping_count];
    return __real_munmap(address, length);
}

static void unmap_all(void)
{
    while (mapping_count > 0)
        __wrap_munmap(mappings[0].address, mappings[0].length);
    atomic_store(&config_loaded, NULL);
}

static int memory_file(const char *name)
{
    int fd = memfd_create(name, MFD_CLOEXEC);
    if (fd < 0)
        abort();
    return fd;
}

/* A policy must lie where nobody else could have put it. */
static char policy_directory[] = "/tmp/owneronly.XXXXXX";
static char policy_path[sizeof policy_directory + sizeof "/policy"];

static void remove_policy(void)
{
    unlink(policy_path);
    rmdir(policy_directory);
}

static int policy_file(void)
{
    if (!mkdtemp(policy_directory))
        abort();
    sprintf(policy_path, "%s/policy", policy_directory);
    atexit(remove_policy);
    int fd = open(policy_path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        abort();
    return fd;
}

static void refill(int fd, const char *text)
{
    if (ftruncate(fd, 0) < 0 || pwrite(fd, text, strlen(text), 0) < 0 || fchmod(fd, 0600) < 0)
        abort();
    lseek(fd, 0, SEEK_SET);
}

/* 0: as it must be. */
static int judge(const struct config *config)
{
    if (!config || config != config_get() || !config->policy || config->policy->rule_count == 0)
        return 1;
    if (config->log == CONFIG_LOG_FILE)
        return config->log_path[0] != '/' ||
               !memchr(config->log_path, '\0', sizeof config->log_path);
    return config->log > CONFIG_LOG_FILE;
}

/*
 * config_load() may end the process, so it runs in one that shares the memory, for libFuzzer to see
 * where it came.
 */
static int status_of_load(char **environment, int said)
{
    char **saved = environ;
    environ = environment;
    pid_t child = vfork();
    if (child == 0) {
        if (sys_dup3(said, STDERR_FILENO, 0) < 0)
            _exit(2);
        _exit(judge(config_load()));
    }
    environ = saved;
    int status;
    pid_t waited;
    do
        waited = waitpid(child, &status, 0);
    while (waited < 0 && errno == EINTR); /* libFuzzer's timer */
    if (child < 0 || waited != child)
        abort();
    return status;
}

static bool is_one_line(int said)
{
    char line[PATH_MAX + 1024];
    ssize_t length = pread(said, line, sizeof line, 0);
    return length > 0 && strncmp(line, "owneronly: ", 11) == 0 &&
           memchr(line, '\n', (size_t)length) == line + length - 1;
}

static void run(char **environment, int said)
{
    refill(said, "");
    int status = status_of_load(environment, said);
    unmap_all();
    bool refused = WIFEXITED(status) && WEXITSTATUS(status) == EXIT_REFUSED;
    if (refused ? !is_one_line(said) : status != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int policy = -1, said = -1;
    static char values[VARIABLES][sizeof "OWNERONLY_POLICY=" + VALUE_MAX];
    char *environment[VARIABLES + 1];
    size_t count = 0;

    if (policy < 0) {
        policy = policy_file();
        said = memory_file("stderr");
    }
    if (size < 1 || size > VALUE_MAX)
        return 0;
    const char *at = (const char *)data + 1;
    const char *end = (const char *)data + size;
    for (int i = 0; i < VARIABLES; i++) {
        size_t length = strnlen(at, (size_t)(end - at));
        char value[VALUE_MAX + 1];
        memcpy(value, at, length);
        value[length] = '\0';
        at += length + (at + length < end);
        if (!(data[0] & 1 << i))
            continue;
        if (i == 0) {
            refill(policy, value);
            snprintf(value, sizeof value, "%s", policy_path);
        }
        snprintf(values[i], sizeof values[i], "%s=%s", names[i], value);
        environment[count++] = values[i];
    }
    environment[count] = NULL;
    run(environment, said);
    return 0;
}
