/*
 * Reads until it is told to end (SIGTERM), then says how often, and what it found.
 *
 * usage: spy secrets DIRECTORY   reads all that this user may read there, and counts what holds a
 * secret spy torn FILE           reads the file, if it is this user's own, and counts what is not
 *                              one whole document
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "document.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#define LIFE 60 /* seconds */

static volatile sig_atomic_t told_to_end;
static unsigned long reads, found;

static void end(int signal)
{
    (void)signal;
    told_to_end = 1;
}

static ssize_t read_all(int fd, char *text)
{
    ssize_t length = 0;
    ssize_t got;
    do {
        got = read(fd, text + length, (size_t)(2 * DOCUMENT_MAX - length));
        length += got > 0 ? got : 0;
    } while (got > 0 && length < 2 * DOCUMENT_MAX);
    text[length] = '\0';
    return got < 0 ? -1 : length;
}

static void look_for_secret(int directory, const char *name)
{
    char text[2 * DOCUMENT_MAX + 1];
    int fd = openat(directory, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return;
    ssize_t length = read_all(fd, text);
    reads++;
    found += length > 0 && document_is_seen(text, (size_t)length);
    close(fd);
}

/* Listing a directory again and again would keep everybody else from changing it. */
static void look_for_secrets(const char *path, unsigned round)
{
    DIR *entries = round % 256 == 0 ? opendir(path) : NULL;
    if (!entries) {
        look_for_secret(AT_FDCWD, path);
        return;
    }
    for (struct dirent *entry; (entry = readdir(entries)) != NULL;)
        look_for_secret(dirfd(entries), entry->d_name);
    closedir(entries);
}

static void look_for_torn(const char *path)
{
    char text[2 * DOCUMENT_MAX + 1];
    struct stat status;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return;
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_uid == geteuid()) {
        ssize_t length = read_all(fd, text);
        reads++;
        found += length >= 0 && !document_is_whole(text, (size_t)length);
    }
    close(fd);
}

int main(int argc, char **argv)
{
    if (argc < 3)
        return 2;
    signal(SIGTERM, end);
    alarm(LIFE); /* if nobody tells it */
    puts("begun");
    fflush(stdout);
    for (unsigned round = 0; !told_to_end; round++) {
        for (int i = 2; i < argc; i++) {
            if (strcmp(argv[1], "torn") == 0)
                look_for_torn(argv[i]);
            else
                look_for_secrets(argv[i], round);
        }
    }
    printf("reads %lu found %lu\n", reads, found);
    return 0;
}
