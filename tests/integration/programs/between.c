/*
 * Opens a file, changes the process, writes and closes the file; says the error, or "ok".
 *
 * usage: between --list | CHANGE FILE
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define OTHER 65534

static int as_before(void)
{
    return 0;
}

static int drop_user(void)
{
    return setgroups(0, NULL) < 0 || setresgid(OTHER, OTHER, OTHER) < 0 ||
                   setresuid(OTHER, OTHER, OTHER) < 0
               ? -1
               : 0;
}

static int drop_group(void)
{
    return setgroups(0, NULL) < 0 ? -1 : setresgid(OTHER, OTHER, OTHER);
}

static int drop_effective(void)
{
    return seteuid(OTHER);
}

static int drop_and_regain(void)
{
    return seteuid(OTHER) < 0 ? -1 : seteuid(0);
}

static int same_user(void)
{
    return setuid(getuid());
}

static int not_dumpable(void)
{
    return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

static int no_new_privileges(void)
{
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

static int change_root(void)
{
    return chroot(".");
}

/* Into an empty root, from where neither the file nor /proc has a name. */
static int change_root_away(void)
{
    return mkdir("away", 0755) < 0 || chroot("away") < 0 ? -1 : chdir("/");
}

/* As a daemon does that shuts itself in. */
static int shut_in(void)
{
    return change_root_away() < 0 ? -1 : drop_user();
}

static int change_directory(void)
{
    return chdir("/");
}

static int change_umask(void)
{
    umask(0);
    return 0;
}

static const struct {
    const char *name;
    int (*make)(void);
} changes[] = {
    {"as_before", as_before},
    {"same_user", same_user},
    {"not_dumpable", not_dumpable},
    {"no_new_privileges", no_new_privileges},
    {"change_directory", change_directory},
    {"change_umask", change_umask},
    /* From here on, for root only. */
    {"drop_group", drop_group},
    {"drop_and_regain", drop_and_regain},
    {"change_root", change_root},
    {"change_root_away", change_root_away},
    {"drop_user", drop_user},
    {"shut_in", shut_in},
    {"drop_effective", drop_effective},
};

static const size_t count = sizeof changes / sizeof changes[0];

static int say(const char *what)
{
    printf("%s: %s\n", what, strerrorname_np(errno));
    return 1;
}

static int run(int (*change)(void), const char *path)
{
    static const char document[] = "[\"new\"]";
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (fd < 0)
        return say("open");
    if (change() < 0)
        return say("change");
    if (write(fd, document, strlen(document)) < 0)
        return say("write");
    if (close(fd) < 0)
        return say("close");
    puts("ok");
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--list") == 0) {
        for (size_t i = 0; i < count; i++)
            if (geteuid() == 0 || changes[i].make != drop_group)
                puts(changes[i].name);
            else
                break;
        return 0;
    }
    for (size_t i = 0; argc == 3 && i < count; i++)
        if (strcmp(argv[1], changes[i].name) == 0)
            return run(changes[i].make, argv[2]);
    fputs("usage: between --list | CHANGE FILE\n", stderr);
    return 2;
}
