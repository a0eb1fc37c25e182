/*
 * Hooks of posix_spawn_file_actions_adddup2(3) and its kin.
 *
 * A child that is killed before anybody could look at its descriptors may have written half of a
 * file (306).  What its standard output was is then known from here only: libc's own list is
 * private.  As many lists are remembered as are likely to be in use at once, and of these only what
 * was said while something was pending; errors go to the side that nothing is condemned.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/hooks/spawn_actions.h"
#include "shim/hooks/hook.h"
#include "shim/pending/pending.h"

#define LISTS 16

struct list {
    const void *actions; /* or NULL */
    int fds[2];
};

static struct list lists[LISTS];
static unsigned oldest;

static struct list *find(const void *actions)
{
    for (int i = 0; i < LISTS; i++)
        if (lists[i].actions == actions)
            return &lists[i];
    return NULL;
}

/* fd: what becomes `copy` in the child; -1 if that is none of this process's. */
static void remember(const void *actions, int fd, int copy)
{
    if ((copy != 1 && copy != 2) || !pending_lock())
        return;
    struct list *list = find(actions);
    if (!list) {
        list = &lists[oldest++ % LISTS];
        *list = (struct list){actions, {1, 2}};
    }
    list->fds[copy - 1] = fd == 1 || fd == 2 ? list->fds[fd - 1] : fd;
    pending_unlock();
}

static void forget(const void *actions)
{
    if (!pending_lock())
        return;
    struct list *list = find(actions);
    if (list)
        list->actions = NULL;
    pending_unlock();
}

void spawn_actions_read(const void *actions, int fds[2])
{
    fds[0] = 1;
    fds[1] = 2;
    if (!actions || !pending_lock())
        return;
    const struct list *list = find(actions);
    for (int i = 0; list && i < 2; i++)
        fds[i] = list->fds[i];
    pending_unlock();
}

EXPORT int posix_spawn_file_actions_adddup2(posix_spawn_file_actions_t *actions, int fd, int copy)
{
    int result = NEXT(posix_spawn_file_actions_adddup2)(actions, fd, copy);
    if (result == 0 && pending_ever())
        remember(actions, fd, copy);
    return result;
}

EXPORT int posix_spawn_file_actions_addopen(posix_spawn_file_actions_t *actions, int fd,
                                            const char *path, int flags, mode_t mode)
{
    int result = NEXT(posix_spawn_file_actions_addopen)(actions, fd, path, flags, mode);
    if (result == 0 && pending_ever())
        remember(actions, -1, fd);
    return result;
}

EXPORT int posix_spawn_file_actions_init(posix_spawn_file_actions_t *actions)
{
    if (pending_ever())
        forget(actions);
    return NEXT(posix_spawn_file_actions_init)(actions);
}

EXPORT int posix_spawn_file_actions_destroy(posix_spawn_file_actions_t *actions)
{
    if (pending_ever())
        forget(actions);
    return NEXT(posix_spawn_file_actions_destroy)(actions);
}
