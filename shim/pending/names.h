/*
 * Pending files as their names and descriptors show them: contract 208.
 *
 * Async-signal-safe, errno untouched; threads may call everything at any time.  A child of fork(2)
 * sees what its parent had pending when it was made, a child of vfork(2) nothing.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SHIM_PENDING_NAMES_H
#define OWNERONLY_SHIM_PENDING_NAMES_H

#include "shim/pending/table.h"

/* A pending file.  The descriptors are the view's own, high and close-on-exec, so that nothing that
 * other threads do meanwhile can change what they stand for. */
struct pending_view {
    int fd;
    int directory; /* where the file will be published; -1 if the program closed the kept one */
    char name[NAME_MAX + 1];
    const struct policy_rule *rule;
    struct writer_id id;
    struct writer_id directory_id;
    uint32_t number;              /* of its entry */
    mode_t asked_mode;            /* what the program asked for; WRITER_NO_MODE: nothing (403) */
    struct writer_version copied; /* what an update was copied from (105) */
    bool stands_copied;           /* the caller looked, and that stands under the name */
};

/* May a pending file have this name, in whatever directory?  A few loads, no guard; true is a
 * guess.
 */
bool pending_may_be_named(const char *name);

/* How many pending files have ended, round and round: what another thread ended since one looked
 * may stand under its name now.
 */
uint32_t pending_ended(void);

/* Returns when no other thread is just ending the file of this name, unless another one is open. */
void pending_await(const struct writer_id *directory, const char *name);

/*
 * The pending file that was opened last under this name; that fd stands for; that has this
 * identity. False if there is none.  By name, what another thread is just ending is waited for.  A
 * view that was found is to be closed, soon and by the same thread: it is under a guard until then
 * (base/guard.h).
 */
bool pending_view_named(const struct writer_id *directory, const char *name,
                        struct pending_view *view);
bool pending_view_fd(int fd, struct pending_view *view);
bool pending_view_id(const struct writer_id *id, struct pending_view *view);
void pending_view_close(struct pending_view *view);

/*
 * The program asks for this mode of the file (403): it is kept for publishing.  Returns the bits of
 * it that may be set before.
 */
mode_t pending_ask_mode(const struct pending_view *view, mode_t mode);

/*
 * The program has just set the times of what stands under the view's name.  If what an update was
 * copied from stood there until then, see stands_copied, that is no change of another's, which the
 * update would lose (105).
 */
void pending_touched(const struct pending_view *view);

/* How many files have been pending by now: whoever is to be withdrawn is one of them. */
uint32_t pending_namings(void);

/*
 * Every pending file of this name is dropped when it ends, without an error, as if a file of that
 * name had been unlinked; but not one that another thread opened after `last` was asked for.
 * False if there is none.
 */
bool pending_withdraw(const struct writer_id *directory, const char *name, uint32_t last);

/*
 * What is pending under this name is published now, because the name is about to move; who has it
 * open writes on into the published file.  Returns 0, also if nothing is pending, or -errno: then
 * nothing was published.  What was not whole (310), or had failed (309), stays pending; else the
 * file was discarded.
 */
int pending_publish_named(const struct writer_id *directory, const char *name);

/* The same for what fd stands for; for the view's file, whatever its name stands for by now. */
int pending_publish_fd(int fd);
int pending_publish_viewed(const struct pending_view *view);

#endif
