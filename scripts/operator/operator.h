/*
 * What the operator's commands share: owneronly(1).
 *
 * A command is an ordinary program: it may allocate and use stdio, which the library may not.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SCRIPTS_OPERATOR_OPERATOR_H
#define OWNERONLY_SCRIPTS_OPERATOR_OPERATOR_H

#include "policy/base/text.h"
#include "shim/config/config.h"

#include <stddef.h>
#include <stdio.h>

enum exit_status {
    EXIT_GOOD = 0,
    EXIT_FOUND = 1,  /* a bad policy, a write that would be refused, a check that failed, ... */
    EXIT_USAGE = 2,  /* wrong usage */
    EXIT_TROUBLE = 3 /* it cannot be told */
};

struct arguments {
    const char *preload; /* LD_PRELOAD, as the wrapper would set it */
    bool fix;            /* audit --fix */
    bool json;           /* audit, status --json */
    bool has_policy;     /* -p */
    int count;
    char **operands;
    char **program; /* what follows "--" of doctor, NULL if it has none */
};

/* In the usage of what reads the policy as a command that is run would. */
#define USAGE_OF_POLICY_OPTIONS                                                                    \
    "  -m, --match GLOB   as for a command that is run; may be repeated\n"                         \
    "  -p, --policy FILE  the same\n"

struct command {
    const char *name;
    const char *usage;
    int (*run)(const struct arguments *arguments);
};

extern const struct command check_command;
extern const struct command explain_command;
extern const struct command audit_command;
extern const struct command doctor_command;
extern const struct command status_command;

/* options.c: returns -1 to go on, or the exit status. */
int options_read(struct arguments *arguments, const struct command *command, int argc, char **argv);

/* options.c: "owneronly COMMAND: PROBLEM" and a hint; EXIT_USAGE. */
int usage_error(const char *command, const char *problem, const char *what);

/* common.c: "owneronly COMMAND: WHAT: ERROR" on standard error. */
void complain(const char *command, const char *what, int error);

/*
 * common.c: can the library read its configuration?  0, or -EINVAL if not, and then it has said on
 * standard error why; another -errno if it could not be tried, for want of a process.
 */
int configuration_try(void);

/* common.c: the same, as EXIT_GOOD, EXIT_FOUND, or EXIT_TROUBLE, which is said. */
enum exit_status configuration_status(const char *command);

/*
 * lines.c: can the library write lines to the file at this absolute path, which the variable names?
 * If not, what is wrong is put into problem.  A log is made by the library, a report is not (509).
 */
bool line_file_is_usable(const char *variable, const char *path, struct text *problem);

/*
 * lines.c: can OWNERONLY_LOG and OWNERONLY_REPORT, if they are files, be written?  If not it says
 * on standard error why.
 */
bool lines_can_be_written(void);

/* common.c: makes a relative path absolute; malloc(3)ed. */
char *absolute_path(const char *path);

/* common.c: sets the variable, or ends the program. */
void set_variable(const char *name, const char *value);

/* output.c: text that cannot play tricks on a terminal: UTF-8 as it is, other bytes as \xHH. */
void print_safely(FILE *stream, const char *bytes, size_t length);

/* output.c: as a JSON string; a byte that is not UTF-8 is \udcHH, as Python's os.fsdecode(). */
void print_json_string(FILE *stream, const char *bytes, size_t length);

/* output.c: "ENOENT, No such file or directory" */
void print_error(FILE *stream, int error);

/* output.c: "FILE:LINE" of a rule, or what stands for it. */
void print_place(const struct policy_rule *rule);

/* output.c: a glob in the words of owneronly.conf(5), wherever it came from.  visibly: its control
 * characters are \xHH, for a reader and not for a policy. */
void print_glob(const struct policy_glob *glob, bool visibly);

#endif
