/*
 * The files of a drop-in directory: every one whose name ends in ".conf" and does not begin with a
 * ".", in the order of the bytes of their names.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SHIM_CONFIG_DROP_INS_H
#define OWNERONLY_SHIM_CONFIG_DROP_INS_H

#include "shim/config/policy_files.h"

struct drop_ins {
    size_t count;
    char paths[POLICY_FILES_MAX][PATH_MAX];
};

/* A descriptor, or -ENOENT.  Does not return if the directory is there and cannot be read. */
int drop_ins_open(const char *directory);

/*
 * Into *drop_ins, which is zero; closes fd.  Does not return if the directory cannot be read, or
 * holds more than a policy can have.
 */
void drop_ins_read(struct drop_ins *drop_ins, const char *directory, int fd);

#endif
