/*
 * The gid of a group name, out of the text of a group file.
 *
 * getgrnam(3) may load modules, allocate and take locks, which a preloaded library must not do in
 * its constructor; so only groups that the file names are known.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_POLICY_FILE_GROUP_FILE_H
#define OWNERONLY_POLICY_FILE_GROUP_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Into *gid, from the first line of text (group(5): name:password:gid:members) with that name.
 * False: there is none, or its gid is not one.
 */
bool group_file_find(const char *text, size_t length, const char *name, size_t name_length,
                     gid_t *gid);

/* A gid in decimal; false if it is anything else, or the value that stands for "no group". */
bool group_id_read(const char *digits, size_t length, gid_t *gid);

#endif
