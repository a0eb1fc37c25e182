/*
 * The proof: a child that is preloaded as a command would be writes protected names.
 *
 * An environment only says what was asked for; the child says what the loader made of it, and the
 * files that it wrote say whether anything came between the library and libc.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "scripts/operator/doctor.h"
#include "scripts/operator/operator.h"
#include "scripts/operator/preloads.h"
#include "scripts/operator/symbols.h"
#include "scripts/operator/verdict.h"
#include "shim/exec/preload.h"

#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#define ANSWER_SIZE 32768

/* What the witness is to be told, before the caller's policy, and where it is to say nothing. */
static void prepare(void)
{
    set_variable("OWNERONLY_MATCH", WITNESS_GLOB);
    unsetenv("OWNERONLY_MODE");
    unsetenv("OWNERONLY_LOG");
    unsetenv("OWNERONLY_REPORT");
}

/* As run_preloaded(). */
static int witness(const char *preload, const char *directory, char *answer)
{
    /* The path of this very program, where there is no /proc. */
    char *path = (char *)getauxval(AT_EXECFN); // NOLINT(performance-no-int-to-ptr)
    char *with_libdl = NULL;
    if (!symbols_are_known() && asprintf(&with_libdl, "%s:libdl.so.2", preload) < 0)
        abort();
    char *const argv[] = {path, (char *)preload, (char *)WITNESS_COMMAND, (char *)directory, NULL};
    int status =
        run_preloaded(with_libdl ? with_libdl : preload, argv, prepare, answer, ANSWER_SIZE);
    free(with_libdl);
    return status;
}

static const char *path_of(const char *line)
{
    return strchr(line, ' ') + 1;
}

static bool is_first_of_its_path(char *const *lines, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (strcmp(path_of(lines[i]), path_of(lines[index])) == 0)
            return false;
    return true;
}

/* Another object than the library answers what lines[index] says, and perhaps more. */
static void say_other(char *const *lines, size_t count, size_t index)
{
    const char *path = path_of(lines[index]);
    unsigned more = 0;
    for (size_t i = index + 1; i < count; i++)
        more += strcmp(path_of(lines[i]), path) == 0;
    say(VERDICT_WARNING, path,
        "stands before the library and defines %.*s and %u more that it hooks; what does not come "
        "back from there is not protected",
        (int)strcspn(lines[index], " "), lines[index], more);
}

static size_t split(char *answer, char **lines, size_t size)
{
    size_t count = 0;
    char *rest = NULL;
    for (char *line = strtok_r(answer, "\n", &rest); line && count < size;
         line = strtok_r(NULL, "\n", &rest))
        if (strchr(line, ' '))
            lines[count++] = line;
    return count;
}

/* Returns whether the library is there at all. */
static bool judge_order(char *answer)
{
    char *lines[1024];
    size_t count = split(answer, lines, sizeof lines / sizeof lines[0]);
    bool is_first = true;
    const char *ours = NULL;
    for (size_t i = 0; i < count; i++)
        if (preload_is_ours(slice_of(path_of(lines[i]))))
            ours = path_of(lines[i]);
    for (size_t i = 0; ours && i < count; i++) {
        const char *path = path_of(lines[i]);
        if (preload_is_ours(slice_of(path)) || preload_is_sanitizer(slice_of(path)) ||
            !is_first_of_its_path(lines, i))
            continue;
        say_other(lines, count, i);
        is_first = false;
    }
    if (ours && is_first)
        say(VERDICT_OK, "order", "no other preload stands before the library");
    else if (!ours && count == 0)
        say(VERDICT_WARNING, "order", "libdl is not there to be asked who comes first");
    return ours || count == 0;
}

/* Opens what was written, and looks at it; an errno. */
static int look(const char *directory, const char *name, struct stat *status, char *content,
                size_t size)
{
    char *path = NULL;
    if (asprintf(&path, "%s/%s", directory, name) < 0)
        abort();
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    free(path);
    if (fd < 0)
        return errno;
    ssize_t got = fstat(fd, status) < 0 ? -1 : read(fd, content, size - 1);
    int error = got < 0 ? errno : 0;
    content[got < 0 ? 0 : got] = '\0';
    close(fd);
    return error;
}

static bool judge_file(const char *directory, const char *name, const char *functions)
{
    char content[2 * sizeof WITNESS_TEXT];
    struct stat status = {0};
    int error = look(directory, name, &status, content, sizeof content);
    if (error != 0)
        say(VERDICT_FAILED, "proof", "a protected file, written by %s, is not there: %s", functions,
            strerror(error));
    else if ((status.st_mode & 07777) != 0600)
        say(VERDICT_FAILED, "proof", "a protected file, written by %s, got mode %04o, not 0600",
            functions, status.st_mode & 07777u);
    else if (strcmp(content, WITNESS_TEXT) != 0)
        say(VERDICT_FAILED, "proof", "a protected file, written by %s, has another content",
            functions);
    else
        return true;
    return false;
}

static void judge(const char *preload, const char *directory)
{
    static char answer[ANSWER_SIZE];
    int status = witness(preload, directory, answer);
    if (status < 0)
        say(VERDICT_FAILED, "proof", "could not be made, no child process: %s", strerror(-status));
    else if (status != EXIT_GOOD)
        say(VERDICT_FAILED, "proof",
            "a child that was preloaded could not write; see what it said on standard error");
    else if (!judge_order(answer))
        say(VERDICT_FAILED, "proof",
            "nothing of the library is in a child that was preloaded; see above why");
    else if (judge_file(directory, WITNESS_FILE, "open and close") &&
             judge_file(directory, WITNESS_STREAM, "fopen and fclose"))
        say(VERDICT_OK, "proof",
            "a child with the same preloads wrote files of mode 0600 in spite of umask 0");
}

static void remove_file(const char *directory, const char *name)
{
    char *path = NULL;
    if (asprintf(&path, "%s/%s", directory, name) < 0)
        abort();
    (void)unlink(path);
    free(path);
}

void check_proof(const char *preload)
{
    const char *parent = getenv("TMPDIR");
    char *directory = NULL;
    if (asprintf(&directory, "%s/owneronly-doctor.XXXXXX", parent && *parent ? parent : "/tmp") < 0)
        abort();
    if (!mkdtemp(directory)) {
        say(VERDICT_FAILED, "proof", "no temporary directory: %s; set TMPDIR", strerror(errno));
    } else {
        judge(preload, directory);
        remove_file(directory, WITNESS_FILE);
        remove_file(directory, WITNESS_STREAM);
        (void)rmdir(directory);
    }
    free(directory);
}
