/*
 * What a write would meet, without one.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/writer/internal.h"

#include <unistd.h>

int probe_new(struct writer_file *file)
{
    int fd = sys_openat(file->directory, ".", O_RDWR | O_TMPFILE | O_CLOEXEC, WRITER_PRIVATE_MODE);
    if (unnamed_is_unknown(fd)) {
        file->lacks_unnamed = true;
        return sys_faccessat(file->directory, ".", W_OK | X_OK);
    }
    if (fd < 0)
        return fd;
    int result = permissions_apply(file->rule, fd, WRITER_PRIVATE_MODE, file->rule->mode);
    sys_close(fd);
    if (result < 0)
        file->reason = "the new file cannot be given the rule's mode and group";
    return result;
}

int writer_probe(struct writer_file *file, int directory, const char *name, int flags,
                 const struct policy_rule *rule)
{
    file->probes = true;
    return begin_file(file, directory, name, flags, rule);
}
