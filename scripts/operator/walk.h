/*
 * A walk through a tree of directories that follows no link and trusts no path twice.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SCRIPTS_OPERATOR_WALK_H
#define OWNERONLY_SCRIPTS_OPERATOR_WALK_H

struct walk_visitor {
    void *context;
    /* Now and then: so many more names were seen. */
    void (*tick)(void *context, unsigned names);
    /* Every name that is not a directory. */
    void (*visit)(void *context, int directory, const char *name);
    /* What could not be read, by its name in the directory; AT_FDCWD: a path. */
    void (*fail)(void *context, int directory, const char *name, int error);
};

/* Everything below path.  It does not descend into proc(5), sysfs(5) and their like. */
void walk(const char *path, const struct walk_visitor *visitor);

#endif
