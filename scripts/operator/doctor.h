/*
 * The checks of owneronly doctor.  Each looks at one thing and says what it saw: verdict.h.
 *
 * preload: LD_PRELOAD as a command would have it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SCRIPTS_OPERATOR_DOCTOR_H
#define OWNERONLY_SCRIPTS_OPERATOR_DOCTOR_H

#include <stdbool.h>

/* doctor_installation.c: policy, log, library and /proc. */
void check_installation(const char *preload);

/* doctor_installation.c: once it was checked, is there a policy that programs would start with? */
bool policy_is_in_force(void);

/* The same: does it give programs back what their environment lost (508)? */
bool environment_is_kept(void);

/* doctor_command.c: will the library be in this command?  It is looked at, and not run. */
void check_program(const char *preload, char **command);

/* doctor_directory.c: can files be published there?  One is, under a name of its own, and removed.
 */
void check_directory(const char *path);

/*
 * doctor_proof.c: a child that has all the preloads of a command writes protected names; what it
 * finds in itself, and the files, are looked at.
 */
void check_proof(const char *preload);

/*
 * doctor_witness.c: that child.  directory: where it is to write.  Returns its exit status.
 *
 * It prints "FUNCTION OBJECT" for each function that the library hooks, where libdl can be asked.
 */
#define WITNESS_COMMAND "witness"
#define WITNESS_GLOB "owneronly-doctor-*"
#define WITNESS_FILE "owneronly-doctor-file"     /* by open(2) and close(2) */
#define WITNESS_STREAM "owneronly-doctor-stream" /* by fopen(3) and fclose(3) */
#define WITNESS_TEXT "proof\n"
int witness_run(const char *directory);

#endif
