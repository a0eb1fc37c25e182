/*
 * The page of statements.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/pending/statements.h"
#include "shim/base/memory.h"
#include "shim/base/sys_process.h"

#include <stdatomic.h>

#define PAGE 4096

#define FREE 0
#define CLAIMED (-1) /* being filled in; for good, if who did that was killed */

struct statement {
    _Atomic pid_t pid; /* or one of the two above; the rest is valid if it is a pid */
    _Atomic int kind;
    uint32_t device_major;
    uint32_t device_minor;
    uint64_t inode;
};

#define STATEMENTS (PAGE / sizeof(struct statement))

static _Atomic(struct statement *) page;

void statements_begin(void)
{
    if (atomic_load(&page))
        return;
    void *memory = memory_map(PAGE, MAP_SHARED);
    struct statement *none = NULL;
    if (memory && !atomic_compare_exchange_strong(&page, &none, memory))
        memory_unmap(memory, PAGE);
}

static bool is_of(const struct statement *statement, pid_t pid, const struct writer_id *id)
{
    return atomic_load(&statement->pid) == pid && statement->inode == id->inode &&
           statement->device_major == id->device_major &&
           statement->device_minor == id->device_minor;
}

static bool lives(pid_t pid)
{
    return sys_call(SYS_kill, pid, 0, 0, 0, 0) != -ESRCH;
}

/* A free one, or that of a process which nobody reaped who could forget it. */
static struct statement *claim(struct statement *all)
{
    for (size_t i = 0; i < STATEMENTS; i++) {
        pid_t pid = FREE;
        if (atomic_compare_exchange_strong(&all[i].pid, &pid, CLAIMED))
            return &all[i];
    }
    for (size_t i = 0; i < STATEMENTS; i++) {
        pid_t pid = atomic_load(&all[i].pid);
        if (pid > 0 && !lives(pid) && atomic_compare_exchange_strong(&all[i].pid, &pid, CLAIMED))
            return &all[i];
    }
    return NULL;
}

void statements_set(pid_t pid, const struct writer_id *id, enum statement_kind kind)
{
    struct statement *all = atomic_load(&page);
    for (size_t i = 0; all && i < STATEMENTS; i++) {
        if (!is_of(&all[i], pid, id))
            continue;
        atomic_store(&all[i].kind, kind);
        if (kind == STATEMENT_NONE)
            atomic_store(&all[i].pid, FREE);
        return;
    }
    struct statement *statement = all && kind != STATEMENT_NONE ? claim(all) : NULL;
    if (!statement)
        return;
    statement->inode = id->inode;
    statement->device_major = id->device_major;
    statement->device_minor = id->device_minor;
    atomic_store(&statement->kind, kind);
    atomic_store(&statement->pid, pid);
}

void statements_forget(pid_t pid)
{
    struct statement *all = atomic_load(&page);
    for (size_t i = 0; all && i < STATEMENTS; i++) {
        pid_t expected = pid;
        (void)atomic_compare_exchange_strong(&all[i].pid, &expected, FREE);
    }
}

bool statements_next(pid_t pid, int *cursor, struct writer_id *id)
{
    struct statement *all = atomic_load(&page);
    while (all && (size_t)*cursor < STATEMENTS) {
        const struct statement *statement = &all[(*cursor)++];
        if (atomic_load(&statement->pid) != pid)
            continue;
        *id =
            (struct writer_id){statement->inode, statement->device_major, statement->device_minor};
        return true;
    }
    return false;
}

enum statement_kind statements_of_others(const struct writer_id *id)
{
    struct statement *all = atomic_load(&page);
    enum statement_kind best = STATEMENT_NONE;
    for (size_t i = 0; all && i < STATEMENTS && best != STATEMENT_COUNTS; i++) {
        pid_t other = atomic_load(&all[i].pid);
        if (other > 0 && is_of(&all[i], other, id) && other != sys_getpid() && lives(other))
            best = (enum statement_kind)atomic_load(&all[i].kind);
    }
    return best;
}
