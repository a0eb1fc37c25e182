/*
 * Hooks of posix_spawn(3): what the environment of the next image lost is given back.
 *
 * A child publishes nothing of its parent's (306), so there is nothing else to do.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/hooks/exec.h"
#include "shim/hooks/next.h"

#include <alloca.h>

static bool gains_privileges(const char *path, bool searches)
{
    struct target_file file;
    (void)exec_examine(&(struct exec){.dirfd = AT_FDCWD, .path = path, .searches = searches},
                       &file);
    return file.gains_privileges;
}

#define PARAMETERS(id)                                                                             \
    (id, const char *path, const posix_spawn_file_actions_t *actions,                              \
     const posix_spawnattr_t *attributes, char *const arguments[], char *const environment[])

/* Each hook is two functions, so that the one that everybody pays for is a test and a jump. */
#define DEFINE_SPAWN(name, id_parameter, id, searches)                                             \
    SLOW static int name##_slow PARAMETERS(id_parameter)                                           \
    {                                                                                              \
        size_t size = exec_restore_size(environment);                                              \
        if (size > 0 && !gains_privileges(path, searches))                                         \
            environment = environment_restore(config_get()->kept, environment, alloca(size));      \
        return NEXT(name)(id, path, actions, attributes, arguments, environment);                  \
    }                                                                                              \
    EXPORT int name PARAMETERS(id_parameter)                                                       \
    {                                                                                              \
        NEXT_TYPE(name) next = NEXT_SINCE_START(name);                                             \
        return LIKELY(next && !config_since_start()->kept)                                         \
                   ? next(id, path, actions, attributes, arguments, environment)                   \
                   : name##_slow(id, path, actions, attributes, arguments, environment);           \
    }

DEFINE_SPAWN(posix_spawn, pid_t *pid, pid, false)
DEFINE_SPAWN(posix_spawnp, pid_t *pid, pid, true)
#ifdef __GLIBC__
#if __GLIBC_PREREQ(2, 39)
DEFINE_SPAWN(pidfd_spawn, int *pidfd, pidfd, false)
DEFINE_SPAWN(pidfd_spawnp, int *pidfd, pidfd, true)
#endif
#endif
