/*
 * The proof: a shell that is preloaded writes a protected name, and its mappings are looked at.
 *
 * An environment only says what was asked for; the mappings say what the loader did.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "scripts/operator/doctor.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define NAME "owneronly-doctor"

/* Without the library the umask would leave the file open to everyone. */
#define SCRIPT "umask 0 && echo proof >" NAME " && echo written && read answer"

struct child {
    pid_t pid;
    int answers; /* "written" */
    int waits;   /* closed, it lets the child end */
};

static struct child start(const struct doctor *doctor, const char *directory)
{
    int answers[2];
    int waits[2];
    char *preload = preload_list(doctor);
    if (pipe2(answers, O_CLOEXEC) < 0 || pipe2(waits, O_CLOEXEC) < 0)
        abort();
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        set_variable("LD_PRELOAD", preload);
        set_variable("OWNERONLY_MATCH", NAME);
        unsetenv("OWNERONLY_POLICY");
        unsetenv("OWNERONLY_MODE");
        unsetenv("OWNERONLY_LOG");
        dup2(waits[0], STDIN_FILENO);
        dup2(answers[1], STDOUT_FILENO);
        if (chdir(directory) == 0)
            execl("/bin/sh", "sh", "-c", SCRIPT, (char *)NULL);
        _exit(127);
    }
    close(answers[1]);
    close(waits[0]);
    free(preload);
    return (struct child){pid, answers[0], waits[1]};
}

static bool maps_library(const struct doctor *doctor, pid_t pid)
{
    char path[64];
    char line[PATH_MAX + 256];
    bool found = false;
    char *library = realpath(doctor->library, NULL);
    (void)snprintf(path, sizeof path, "/proc/%d/maps", (int)pid);
    FILE *maps = fopen(path, "re");
    while (library && maps && !found && fgets(line, sizeof line, maps)) {
        const char *file = strchr(line, '/');
        line[strcspn(line, "\n")] = '\0';
        found = file && strcmp(file, library) == 0;
    }
    free(library);
    if (maps)
        (void)fclose(maps);
    return found;
}

static bool has_written(const struct child *child)
{
    char answer[8];
    return read(child->answers, answer, sizeof answer) == sizeof answer &&
           memcmp(answer, "written\n", sizeof answer) == 0;
}

static void judge(struct doctor *doctor, const struct child *child, const char *file)
{
    struct stat status;
    if (!has_written(child))
        say(doctor, VERDICT_FAILED, "proof",
            "a preloaded /bin/sh could not write; see what it said on standard error");
    else if (!maps_library(doctor, child->pid))
        say(doctor, VERDICT_FAILED, "proof",
            "the library is not in the mappings of a preloaded /bin/sh; see above why");
    else if (stat(file, &status) < 0)
        say(doctor, VERDICT_FAILED, "proof", "the file that was written is not there: %s",
            strerror(errno));
    else if ((status.st_mode & 07777) != 0600)
        say(doctor, VERDICT_FAILED, "proof", "a protected file got mode %04o, not 0600",
            status.st_mode & 07777u);
    else
        say(doctor, VERDICT_OK, "proof",
            "the library is in the mappings of a child, whose file has mode 0600 in spite of umask "
            "0");
}

void check_child(struct doctor *doctor)
{
    const char *parent = getenv("TMPDIR");
    char *directory = NULL;
    char *file = NULL;
    if (asprintf(&directory, "%s/owneronly-doctor.XXXXXX", parent && *parent ? parent : "/tmp") < 0)
        abort();
    if (!mkdtemp(directory)) {
        say(doctor, VERDICT_FAILED, "proof", "no temporary directory: %s; set TMPDIR",
            strerror(errno));
        free(directory);
        return;
    }
    if (asprintf(&file, "%s/" NAME, directory) < 0)
        abort();
    struct child child = start(doctor, directory);
    judge(doctor, &child, file);
    close(child.waits);
    close(child.answers);
    if (child.pid > 0)
        waitpid(child.pid, NULL, 0);
    (void)unlink(file);
    (void)rmdir(directory);
    free(file);
    free(directory);
}
