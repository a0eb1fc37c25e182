/*
 * Hooks of posix_spawn(3): what the environment of the next image lost is given back, and what it
 * is a guest of is told (306).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/exec/library.h"
#include "shim/hooks/exec.h"
#include "shim/hooks/hook.h"
#include "shim/hooks/spawn_actions.h"
#include "shim/pending/guest_records.h"
#include "shim/pending/guests.h"
#include "shim/pending/handover.h"

#include <alloca.h>

static bool gains_privileges(const char *path, bool searches)
{
    struct target_file file;
    (void)exec_examine(&(struct exec){.dirfd = AT_FDCWD, .path = path, .searches = searches},
                       &file);
    return file.gains_privileges;
}

static size_t measure(size_t *count)
{
    return guest_records_measure(true, count);
}

static size_t write_strings(char *strings[], size_t count, char *memory, size_t size)
{
    return guest_records_write(true, strings, count, memory, size);
}

static bool loads(const char *path, bool searches, char *const environment[])
{
    struct target_file file;
    return exec_examine(&(struct exec){.dirfd = AT_FDCWD, .path = path, .searches = searches},
                        &file) == TARGET_LOADS &&
           !library_obstacle(environment, HANDOVER_VERSION);
}

/* The environment of a child that is a guest of what is pending here (306). */
struct telling {
    struct extended extended;
    void *memory; /* or NULL: it is told nothing */
    char *const *environment;
};

static struct telling tell(char *const environment[])
{
    struct telling telling = {.environment = environment};
    if (!pending_ever())
        return telling;
    telling.extended = exec_measure(environment, measure);
    telling.memory = telling.extended.size > 0 ? exec_map(&telling.extended) : NULL;
    if (telling.memory) {
        exec_extend(&telling.extended, environment, telling.memory, write_strings);
        telling.environment = telling.extended.environment;
    }
    return telling;
}

/* pid: of the child, which runs its program by now; or -1 if it does not. */
static int told(const struct telling *telling, const void *actions, int result, pid_t pid,
                bool loads)
{
    if (telling->memory && pid > 0) {
        int assumed[2];
        spawn_actions_read(actions, assumed);
        guests_spawned(pid, assumed, loads);
    }
    exec_unmap(telling->memory, &telling->extended);
    return result;
}

#define PARAMETERS(id)                                                                             \
    (id, const char *path, const posix_spawn_file_actions_t *actions,                              \
     const posix_spawnattr_t *attributes, char *const arguments[], char *const environment[])

/* Each hook is two functions, so that the one that everybody pays for is a test and a jump. */
#define DEFINE_SPAWN(name, type, has_pid, searches)                                                \
    SLOW static int name##_slow PARAMETERS(type *id)                                               \
    {                                                                                              \
        size_t size = exec_restore_size(environment);                                              \
        if (size > 0 && !gains_privileges(path, searches))                                         \
            environment = environment_restore(config_get()->kept, environment, alloca(size));      \
        struct telling telling = tell(environment);                                                \
        type ours;                                                                                 \
        if (!id && has_pid)                                                                        \
            id = &ours;                                                                            \
        int result = NEXT(name)(id, path, actions, attributes, arguments, telling.environment);    \
        return told(&telling, actions, result, has_pid && result == 0 ? (pid_t)*id : -1,           \
                    telling.memory && loads(path, searches, environment));                         \
    }                                                                                              \
    EXPORT int name PARAMETERS(type *id)                                                           \
    {                                                                                              \
        NEXT_TYPE(name) next = NEXT_SINCE_START(name);                                             \
        return LIKELY(next && !config_since_start()->kept && !pending_ever())                      \
                   ? next(id, path, actions, attributes, arguments, environment)                   \
                   : name##_slow(id, path, actions, attributes, arguments, environment);           \
    }

DEFINE_SPAWN(posix_spawn, pid_t, true, false)
DEFINE_SPAWN(posix_spawnp, pid_t, true, true)
#ifdef __GLIBC__
#if __GLIBC_PREREQ(2, 39)
/* A process that is known by its descriptor only makes no statement: it does not count. */
DEFINE_SPAWN(pidfd_spawn, int, false, false)
DEFINE_SPAWN(pidfd_spawnp, int, false, true)
#endif
#endif
