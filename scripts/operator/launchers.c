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

/* They start what follows their options, with the environment that they have themselves. */
static const char *const followed[] = {
    "cgexec",  "choom",   "chrt",    "dbus-run-session", "dumb-init", "env",   "flock",
    "i386",    "ionice",  "linux32", "linux64",          "nice",      "nohup", "numactl",
    "prlimit", "setarch", "setsid",  "stdbuf",           "taskset",   "time",  "timeout",
    "tini",    "uname26", "x86_64"};

/* The same, but what it is they start is not so easily told, or they add a preload of their own. */
static const char *const named[] = {"chpst",
                                    "daemonize",
                                    "eatmydata",
                                    "entr",
                                    "expect",
                                    "fakeroot",
                                    "faketime",
                                    "find",
                                    "gdb",
                                    "gosu",
                                    "ltrace",
                                    "make",
                                    "ninja",
                                    "owneronly",
                                    "parallel",
                                    "perf",
                                    "script",
                                    "setuidgid",
                                    "start-stop-daemon",
                                    "strace",
                                    "su-exec",
                                    "unbuffer",
                                    "valgrind",
                                    "watch",
                                    "xargs",
                                    "xvfb-run"};

static const struct {
    const char *name;
    const char *advice;
} elsewhere[] = {
    {"apptainer", "use '--env LD_PRELOAD=...' and bind the library into the container"},
    {"at", "what it starts gets a shell of its own; write LD_PRELOAD=... there"},
    {"batch", "what it starts gets a shell of its own; write LD_PRELOAD=... there"},
    {"bsub", BY_A_SERVER},
    {"bwrap", "use '--ro-bind' for the library, and '--setenv LD_PRELOAD ...'"},
    {"chroot", ELSEWHERE},
    {"dbus-launch", BY_A_SERVER},
    {"doas", "run 'doas env LD_PRELOAD=... COMMAND'"},
    {"docker", "use '-e LD_PRELOAD=...' and mount the library into the container"},
    {"enroot", IN_A_CONTAINER},
    {"firejail", IN_A_CONTAINER},
    {"flatpak", IN_A_CONTAINER},
    {"incus", IN_A_CONTAINER},
    {"jsrun", ELSEWHERE},
    {"kubectl", "set LD_PRELOAD in the pod's env and mount the library"},
    {"lxc-attach", IN_A_CONTAINER},
    {"lxc-execute", IN_A_CONTAINER},
    {"machinectl", ELSEWHERE},
    {"mpiexec", "use '-x LD_PRELOAD' (Open MPI), and install the library on every node"},
    {"mpirun", "use '-x LD_PRELOAD' (Open MPI), and install the library on every node"},
    {"nerdctl", "use '-e LD_PRELOAD=...' and mount the library into the container"},
    {"nsenter", ELSEWHERE},
    {"pkexec", "run 'pkexec env LD_PRELOAD=... COMMAND'"},
    {"podman", "use '-e LD_PRELOAD=...' and mount the library into the container"},
    {"proot", ELSEWHERE},
    {"qsub", BY_A_SERVER},
    {"runuser", "with -l it drops the environment; run 'runuser -l USER -c \"owneronly ...\"'"},
    {"salloc", "use '--export=ALL,LD_PRELOAD=...', or a task prolog"},
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
};

static const char *const shells[] = {"ash", "bash", "busybox", "dash", "ksh", "mksh", "sh", "zsh"};

static const char *base_name(const char *command)
{
    const char *slash = strrchr(command, '/');
    return slash ? slash + 1 : command;
}

static bool is_listed(const char *const *names, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

#define IS_LISTED(names, name) is_listed(names, sizeof(names) / sizeof(names)[0], name)

enum launch launch_of(const char *command, const char **advice)
{
    const char *name = base_name(command);
    for (size_t i = 0; i < sizeof elsewhere / sizeof elsewhere[0]; i++)
        if (strcmp(elsewhere[i].name, name) == 0) {
            *advice = elsewhere[i].advice;
            return LAUNCH_ELSEWHERE;
        }
    if (IS_LISTED(followed, name))
        return LAUNCH_FOLLOWED;
    return IS_LISTED(named, name) ? LAUNCH_NAMED : LAUNCH_NONE;
}

bool launcher_takes_variables(const char *launcher)
{
    return strcmp(base_name(launcher), "env") == 0;
}

/* A lock may be a program: flock "$0" "$0". */
unsigned launcher_operands(const char *launcher)
{
    return strcmp(base_name(launcher), "flock") == 0;
}

bool launcher_runs_words(const char *launcher, const char *option)
{
    return strcmp(base_name(launcher), "flock") == 0 &&
           (strcmp(option, "-c") == 0 || strcmp(option, "--command") == 0);
}

/* Options whose value is the next word, if it does not stand in the same. */
static const struct {
    const char *launcher;
    const char *letters;
    const char *words; /* between blanks */
} valued[] = {
    {"choom", "np", " --adjust --pid "},
    {"chrt", "TPD", " --sched-runtime --sched-period --sched-deadline "},
    {"dbus-run-session", "", " --config-file --dbus-daemon "},
    {"flock", "wE", " --wait --timeout --conflict-exit-code "},
    {"ionice", "cn", " --class --classdata "},
    {"nice", "n", " --adjustment "},
    {"numactl", "CNPimpw",
     " --physcpubind --cpunodebind --interleave --membind --preferred --preferred-many "
     "--weighted-interleave "},
    {"prlimit", "op", " --output --pid "},
    {"stdbuf", "ioe", " --input --output --error "},
    {"time", "fo", " --format --output "},
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
    return IS_LISTED(shells, base_name(command));
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
