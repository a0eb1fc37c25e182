/*
 * Puts something of its own where another writes, as fast as it can, until it is told to end
 * (SIGTERM); then says how often, and how many documents it caught.
 *
 * usage: attacker KIND NAME VICTIMS
 *
 * NAME is in the current directory.  VICTIMS is a directory of the writer's, with files 0 to 99.
 *
 * KIND  symlink    to one of the victims         catch     a symlink to a file of its own
 *       hardlink   to a file of its own          own       a file of its own, which it holds open
 *       fifo       one that it reads             directory
 *       hidden     all of these under the names that the library uses on the way, and "own"
 *       mixed      all of these in turn
 *       parent     the current directory itself is renamed, and stands for another
 *       away       the writer's own file goes and comes back, and "own" in between
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "document.h"

#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define VICTIMS 100
#define SLOTS 8
#define HELD 64
#define CATCHER "catcher"
#define MADE "made"

#define LIFE 60 /* seconds */

static volatile sig_atomic_t told_to_end;
static unsigned long strikes, caught;
static const char *victims;

static void end(int signal)
{
    (void)signal;
    told_to_end = 1;
}

/* Counts what a descriptor of its own received, and empties it. */
static void collect(int fd)
{
    char text[DOCUMENT_MAX];
    ssize_t length = read(fd, text, sizeof text);
    if (length > 0 && document_is_seen(text, (size_t)length))
        caught++;
}

static void collect_file(int fd)
{
    lseek(fd, 0, SEEK_SET);
    collect(fd);
    if (ftruncate(fd, 0) < 0)
        return;
}

static void collect_catcher(void)
{
    int fd = open(CATCHER, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    fchmod(fd, 0666);
    collect_file(fd);
    close(fd);
}

/* Puts what was made under the name, whatever stands there. */
static void place(const char *name)
{
    if (rename(MADE, name) < 0) {
        rmdir(name);
        if (rename(MADE, name) < 0)
            unlink(MADE);
    }
    strikes++;
}

/* Descriptors stay open for a while, so that what was opened in time can be written to. */
static void hold(int fd)
{
    static int held[HELD];
    static unsigned next;
    static int is_set;
    if (!is_set) {
        memset(held, -1, sizeof held);
        is_set = 1;
    }
    for (unsigned i = 0; i < HELD; i++)
        if (held[i] >= 0)
            collect(held[i]);
    if (held[next % HELD] >= 0)
        close(held[next % HELD]);
    held[next++ % HELD] = fd;
}

static void by_symlink(const char *name)
{
    char target[256];
    snprintf(target, sizeof target, "%s/%lu", victims, strikes % VICTIMS);
    if (symlink(target, MADE) == 0)
        place(name);
}

static void by_catch(const char *name)
{
    collect_catcher();
    if (symlink(CATCHER, MADE) == 0)
        place(name);
}

static void by_hardlink(const char *name)
{
    collect_catcher();
    if (link(CATCHER, MADE) == 0)
        place(name);
    unlink(MADE); /* rename(2) of one file's name onto another name of it does nothing */
}

static void by_own(const char *name)
{
    int fd = open(MADE, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    fchmod(fd, 0666);
    place(name);
    hold(fd);
}

static void by_fifo(const char *name)
{
    if (mkfifo(MADE, 0666) < 0)
        return;
    chmod(MADE, 0666);
    int fd = open(MADE, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    place(name);
    hold(fd);
}

/* Reads first what it is about to remove. */
static void by_directory(const char *name)
{
    int fd = open(name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd >= 0) {
        collect(fd);
        close(fd);
    }
    unlink(name);
    if (mkdir(name, 0777) == 0)
        strikes++;
    rmdir(name);
}

typedef void strike(const char *name);

static strike *const simple[] = {by_symlink, by_catch, by_hardlink, by_own, by_fifo, by_directory};
#define SIMPLE (sizeof simple / sizeof simple[0])

static void by_mixed(const char *name)
{
    static unsigned turn;
    simple[turn++ % SIMPLE](name);
}

/* The library's names are no secret: ".owneronly-", a hash of the name, '-', a slot. */
static void by_hidden(const char *name)
{
    uint64_t hash = 0xcbf29ce484222325U;
    for (const char *c = name; *c; c++)
        hash = (hash ^ (unsigned char)*c) * 0x100000001b3U;
    for (int slot = 0; slot < SLOTS; slot++) {
        char hidden[64];
        snprintf(hidden, sizeof hidden, ".owneronly-%016llx-%d", (unsigned long long)hash, slot);
        by_mixed(hidden);
        if (strikes % 2)
            unlink(hidden);
    }
    by_own(name);
}

/* Where the path leads to meanwhile, a link to a victim stands under the same name. */
static void by_parent(const char *name)
{
    char target[256], planted[256];
    snprintf(target, sizeof target, "%s/%lu", victims, strikes % VICTIMS);
    snprintf(planted, sizeof planted, "../elsewhere/%s", name);
    if (symlink(target, MADE) == 0)
        rename(MADE, planted);
    if (rename("../files", "../moved") < 0)
        return;
    strikes++;
    if (symlink("elsewhere", "../files") == 0)
        unlink("../files");
    rename("../moved", "../files");
}

static void by_away(const char *name)
{
    if (rename(name, "kept") == 0) {
        by_mixed(name);
        rmdir(name);
        rename("kept", name);
    }
}

static strike *find(const char *kind)
{
    static const struct {
        const char *name;
        strike *by;
    } kinds[] = {
        {"symlink", by_symlink}, {"catch", by_catch}, {"hardlink", by_hardlink},
        {"own", by_own},         {"fifo", by_fifo},   {"directory", by_directory},
        {"hidden", by_hidden},   {"mixed", by_mixed}, {"parent", by_parent},
        {"away", by_away},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(kind, kinds[i].name) == 0)
            return kinds[i].by;
    return NULL;
}

int main(int argc, char **argv)
{
    strike *by = argc == 4 ? find(argv[1]) : NULL;
    if (!by)
        return 2;
    victims = argv[3];
    signal(SIGTERM, end);
    alarm(LIFE); /* if nobody tells it */
    puts("begun");
    fflush(stdout);
    umask(0);
    while (!told_to_end)
        by(argv[2]);
    collect_catcher();
    hold(-1);
    printf("strikes %lu caught %lu\n", strikes, caught);
    return 0;
}
