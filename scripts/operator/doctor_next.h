/*
 * From a command that starts another one to that.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SCRIPTS_OPERATOR_DOCTOR_NEXT_H
#define OWNERONLY_SCRIPTS_OPERATOR_DOCTOR_NEXT_H

/* doctor_command.c: the program of that name, as execvp(3) finds it; malloc(3)ed, or NULL. */
char *find_in_path(const char *name);

/*
 * doctor_next.c: what the command starts in its turn; NULL if nothing, or if it can't be told,
 * which is said then.
 */
char **next_command(char **command);

#endif
