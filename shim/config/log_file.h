/*
 * Files that lines are written to, OWNERONLY_LOG and OWNERONLY_REPORT: regular, root's or the
 * caller's own, and where nobody else can put another one (505).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SHIM_CONFIG_LOG_FILE_H
#define OWNERONLY_SHIM_CONFIG_LOG_FILE_H

#include "policy/base/text.h"
#include "shim/config/trust.h"

/*
 * Follows path, which is absolute.  True: trust->path is the real one, to be opened by
 * log_file_open from now on, and trust->exists says whether there is a file yet.
 */
bool log_file_find(struct trust *trust, const char *path);

/*
 * For whom wants to know beforehand, a command: can lines be written there?  If not, what is wrong
 * is put into problem, to be read behind the path.  Nothing is made or changed.
 */
bool log_file_is_usable(const char *path, struct text *problem);

/* As sys_fstat(), and when the file was made: inode numbers are used again. */
int log_file_status(int fd, struct statx *status);

/*
 * Opens the real path to append to it, and makes the file, mode 0600, if it isn't there and create
 * says so.  Never waits for anything.  Into *status its status.
 * Returns a descriptor, or -errno; -EINVAL if it is no regular file, -EPERM if it is another's.
 */
int log_file_open(const char *real_path, bool create, struct statx *status);

#endif
