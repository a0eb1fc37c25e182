/*
 * Writes a document of some size under a limit, and says how that went: "ok", or which call failed
 * with which error.  Whatever happened, no descriptor may be left: that is said as "leak".
 *
 * usage: limited LIMIT=VALUE WAY FILE [BYTES]
 *
 * LIMIT   none; or of setrlimit(2): nofile, fsize, and as, which counts from what is in use; set
 *         before the open.  late-nofile is set before the close.
 * WAY     truncate, new, append, update, fopen, converting or freopen
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include <wchar.h>

static char document[1 << 20];
static size_t length = 20000;
static int late_limit = -1;

/* [ "new",     "" ]: cut anywhere, it is not whole. */
static void make_document(void)
{
    memset(document, ' ', length);
    memcpy(document, "[\"new\",", 7);
    memcpy(document + length - 4, "\"\"]", 3);
    document[length - 1] = '\n';
}

static int say(const char *call)
{
    int error = errno;
    struct rlimit none = {RLIM_INFINITY, RLIM_INFINITY};
    setrlimit(RLIMIT_AS, &none);
    setrlimit(RLIMIT_FSIZE, &none);
    printf("%s: %s\n", call, strerrorname_np(error));
    return 1;
}

static int limit(int which, rlim_t value)
{
    struct rlimit both;
    getrlimit(which, &both);
    both.rlim_cur = value;
    return setrlimit(which, &both);
}

static int limit_late(void)
{
    return late_limit < 0 ? 0 : limit(RLIMIT_NOFILE, (rlim_t)late_limit);
}

static rlim_t memory_in_use(void)
{
    unsigned long pages = 0;
    FILE *stream = fopen("/proc/self/statm", "r");
    if (!stream || fscanf(stream, "%lu", &pages) != 1)
        exit(2);
    fclose(stream);
    return (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

/* Goes on after an error, as many a program does: what was written before must not be published. */
static int write_descriptor(const char *path, int flags)
{
    int fd = open(path, flags, 0644);
    if (fd < 0)
        return say("open");
    const char *failed = NULL;
    for (size_t done = 0; done < length && !failed;) {
        size_t piece = length - done < 4096 ? length - done : 4096;
        ssize_t written = write(fd, document + done, piece);
        if (written < 0)
            failed = "write";
        else
            done += (size_t)written;
    }
    int error = errno;
    limit_late();
    if (close(fd) < 0 && !failed)
        return say("close");
    errno = error;
    return failed ? say(failed) : 0;
}

static int write_stream(FILE *stream, int wide)
{
    if (!stream)
        return say("open");
    int failed = 0;
    if (wide) {
        for (size_t i = 0; i < length && !failed; i++)
            failed = fputwc((wchar_t)document[i], stream) == WEOF;
    } else {
        failed = fwrite(document, 1, length, stream) != length;
    }
    int error = errno;
    limit_late();
    if (fclose(stream) != 0 && !failed)
        return say("close");
    errno = error;
    return failed ? say("write") : 0;
}

static int write_file(const char *way, const char *path)
{
    if (strcmp(way, "truncate") == 0)
        return write_descriptor(path, O_WRONLY | O_CREAT | O_TRUNC);
    if (strcmp(way, "new") == 0)
        return write_descriptor(path, O_WRONLY | O_CREAT | O_EXCL);
    if (strcmp(way, "append") == 0)
        return write_descriptor(path, O_WRONLY | O_CREAT | O_APPEND);
    if (strcmp(way, "update") == 0)
        return write_descriptor(path, O_RDWR);
    if (strcmp(way, "fopen") == 0)
        return write_stream(fopen(path, "w"), 0);
    if (strcmp(way, "converting") == 0)
        return write_stream(fopen(path, "w,ccs=UTF-8"), 1);
    return write_stream(freopen(path, "w", stdin), 0);
}

static int set_limit(const char *name, rlim_t value)
{
    if (strcmp(name, "nofile") == 0)
        return limit(RLIMIT_NOFILE, value);
    if (strcmp(name, "fsize") == 0)
        return limit(RLIMIT_FSIZE, value);
    if (strcmp(name, "as") == 0)
        return limit(RLIMIT_AS, memory_in_use() + value);
    if (strcmp(name, "late-nofile") == 0)
        late_limit = (int)value;
    return 0;
}

/* freopen(3) may end the stream it was given, so 0 is not counted. */
static int highest_open(void)
{
    int highest = 2;
    for (int fd = 3; fd < 2048; fd++)
        if (fcntl(fd, F_GETFD) >= 0)
            highest = fd;
    return highest;
}

int main(int argc, char **argv)
{
    char *value = argc >= 4 ? strchr(argv[1], '=') : NULL;
    if (!value)
        return 2;
    *value++ = '\0';
    if (argc == 5)
        length = strtoul(argv[4], NULL, 10);
    make_document();
    closefrom(3);
    signal(SIGXFSZ, SIG_IGN);
    setvbuf(stdout, NULL, _IONBF, 0);
    if (set_limit(argv[1], strtoul(value, NULL, 10)) < 0)
        return 2;
    int result = write_file(argv[2], argv[3]);
    if (result == 0)
        puts("ok");
    if (highest_open() > 2)
        puts("leak");
    return result;
}
