/*
 * Looks at one file, and cuts its mode and access control list to the rule's.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "scripts/operator/subject.h"
#include "shim/writer/permissions.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

int subject_look(const struct subject *subject, struct excess *excess)
{
    struct statx status = {0};
    int result = sys_fstat(subject->fd, &status);
    int acl = result < 0 ? result : permissions_has_acl(subject->fd);
    *excess = (struct excess){
        .mode = status.stx_mode & ~subject->granted & (S_ISUID | S_ISGID | 077),
        .acl = acl > 0,
    };
    return acl < 0 ? acl : 0;
}

/*
 * A file with another name may be somebody else's altogether, linked here for us to spoil its mode;
 * one that the library leaves alone may be shared on purpose, for all that a rule knows.
 */
bool subject_is_mendable(const struct subject *subject)
{
    return !subject->left_alone && subject->status.stx_nlink == 1;
}

/* For the library any reason is EPERM; an operator wants to know this one. */
static bool is_read_only(int fd)
{
    struct statvfs status;
    return fstatvfs(fd, &status) == 0 && (status.f_flag & ST_RDONLY);
}

/*
 * Readers that have the file open keep it, whatever is done, so it is tightened where it is.
 * What is left afterwards is looked at: there are file systems that take a mode and keep their own.
 */
int subject_mend(const struct subject *subject, struct excess *left)
{
    int result = permissions_tighten(subject->rule, subject->fd);
    int looked = subject_look(subject, left);
    if (looked < 0)
        *left = (struct excess){true, true};
    if (result == 0 && (left->mode || left->acl))
        result = looked < 0 ? looked : -EPERM;
    return result < 0 && is_read_only(subject->fd) ? -EROFS : result;
}
