/*
 * The launchers that are known.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "scripts/operator/launchers.h"

#include <stddef.h>
#include <string.h>

#define IN_A_CONTAINER "mount the library into the container, and set LD_PRELOAD there"
#define BY_A_SERVER "what it starts gets its server's environment; set LD_PRELOAD there"
#define ELSEWHERE "install the library where it starts programs, and set LD_PRELOAD there"

static const struct launcher launchers[] = {
    {"chrt", NULL},
    {"env", NULL},
    {"ionice", NULL},
    {"nice", NULL},
    {"nohup", NULL},
    {"setsid", NULL},
    {"stdbuf", NULL},
    {"taskset", NULL},
    {"timeout", NULL},
    {"apptainer", "use '--env LD_PRELOAD=...' and bind the library into the container"},
    {"at", "what it starts gets a shell of its own; write LD_PRELOAD=... there"},
    {"batch", "what it starts gets a shell of its own; write LD_PRELOAD=... there"},
    {"bwrap", "use '--ro-bind' for the library, and '--setenv LD_PRELOAD ...'"},
    {"chroot", ELSEWHERE},
    {"docker", "use '-e LD_PRELOAD=...' and mount the library into the container"},
    {"flatpak", IN_A_CONTAINER},
    {"kubectl", "set LD_PRELOAD in the pod's env and mount the library"},
    {"machinectl", ELSEWHERE},
    {"mpiexec", "use '-x LD_PRELOAD' (Open MPI), and install the library on every node"},
    {"mpirun", "use '-x LD_PRELOAD' (Open MPI), and install the library on every node"},
    {"nsenter", ELSEWHERE},
    {"pkexec", "run 'pkexec env LD_PRELOAD=... COMMAND'"},
    {"podman", "use '-e LD_PRELOAD=...' and mount the library into the container"},
    {"runuser", "with -l it drops the environment; run 'runuser -l USER -c \"owneronly ...\"'"},
    {"sbatch", "use '--export=ALL,LD_PRELOAD=...', or a task prolog"},
    {"screen", BY_A_SERVER},
    {"setpriv", "with --reset-env it drops the environment; the library must be readable for "
                "whoever it makes of the caller"},
    {"singularity", "use '--env LD_PRELOAD=...' and bind the library into the container"},
    {"srun", "use 'owneronly srun --export=ALL ...', or a task prolog"},
    {"ssh", "run 'ssh HOST env LD_PRELOAD=... COMMAND'"},
    {"su", "with -l it drops the environment; run 'su -l USER -c \"owneronly ...\"'"},
    {"sudo", "run 'sudo env LD_PRELOAD=... COMMAND'"},
    {"systemd-nspawn", "use '--setenv=LD_PRELOAD=...' and '--bind-ro=' for the library"},
    {"systemd-run", "use '--setenv=LD_PRELOAD=...'"},
    {"tmux", BY_A_SERVER},
    {"unshare", "with -R it starts programs in another root, where the library must be"},
    {"xargs", "look at its command by itself"},
};

static const char *const shells[] = {"ash", "bash", "busybox", "dash", "ksh", "mksh", "sh", "zsh"};

static const char *base_name(const char *command)
{
    const char *slash = strrchr(command, '/');
    return slash ? slash + 1 : command;
}

const struct launcher *launcher_of(const char *command)
{
    for (size_t i = 0; i < sizeof launchers / sizeof launchers[0]; i++)
        if (strcmp(launchers[i].name, base_name(command)) == 0)
            return &launchers[i];
    return NULL;
}

/* Options whose value is the next word, if it does not stand in the same. */
static const struct {
    const char *launcher;
    const char *letters;
    const char *words; /* between blanks */
} valued[] = {
    {"chrt", "TPD", " --sched-runtime --sched-period --sched-deadline "},
    {"ionice", "cn", " --class --classdata "},
    {"nice", "n", " --adjustment "},
    {"stdbuf", "ioe", " --input --output --error "},
    {"timeout", "ks", " --kill-after --signal "},
};

static bool is_among(const char *words, const char *option)
{
    const char *found = strstr(words, option);
    return found && found[-1] == ' ' && found[strlen(option)] == ' ';
}

bool takes_next_word(const char *launcher, const char *option)
{
    size_t i = 0;
    while (i < sizeof valued / sizeof valued[0] &&
           strcmp(valued[i].launcher, base_name(launcher)) != 0)
        i++;
    if (i == sizeof valued / sizeof valued[0])
        return false;
    if (option[1] == '-')
        return is_among(valued[i].words, option);
    size_t before = strcspn(option + 1, valued[i].letters);
    return option[1 + before] != '\0' && option[2 + before] == '\0';
}

static bool is_shell(const char *command)
{
    for (size_t i = 0; i < sizeof shells / sizeof shells[0]; i++)
        if (strcmp(shells[i], base_name(command)) == 0)
            return true;
    return false;
}

/* Options of a shell end at the first word that is none: what follows is its script's. */
bool runs_argument(char *const *command)
{
    if (!is_shell(command[0]))
        return false;
    bool is_busybox = strcmp(base_name(command[0]), "busybox") == 0 && command[1];
    for (char *const *word = command + 1 + is_busybox; *word && strchr("-+", (*word)[0]); word++) {
        bool is_word = (*word)[1] == '-';
        if (strcmp(*word, "--") == 0 || (*word)[0] == '\0')
            return false;
        if ((*word)[0] == '-' && !is_word && strchr(*word, 'c'))
            return true;
        bool has_value = is_word
                             ? strcmp(*word, "--rcfile") == 0 || strcmp(*word, "--init-file") == 0
                             : strpbrk(*word, "oO") != NULL;
        if (has_value && word[1])
            word++;
    }
    return false;
}
