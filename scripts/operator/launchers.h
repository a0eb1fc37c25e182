/*
 * Programs that start others: does the library get there, and what would carry it?
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SCRIPTS_OPERATOR_LAUNCHERS_H
#define OWNERONLY_SCRIPTS_OPERATOR_LAUNCHERS_H

#include <stdbool.h>

enum launch {
    LAUNCH_NONE,     /* it is no launcher that is known */
    LAUNCH_FOLLOWED, /* it starts what follows it, with the environment that it has itself */
    LAUNCH_NAMED,    /* it starts something, which can't be told from its words alone */
    LAUNCH_ELSEWHERE /* the same elsewhere, or with another environment */
};

/* *advice: what carries the library there, of LAUNCH_ELSEWHERE only. */
enum launch launch_of(const char *command, const char **advice);

/* Does it take NAME=VALUE for a variable, as env(1)? */
bool launcher_takes_variables(const char *launcher);

/* How many words that are no options stand before what it starts, whether or not they are programs?
 */
unsigned launcher_operands(const char *launcher);

/* Is the word behind this option a shell's? */
bool launcher_runs_words(const char *launcher, const char *option);

/* Is the word behind this option its value? */
bool takes_next_word(const char *launcher, const char *option);

/* Is this a shell, told to run what one of its arguments says? */
bool runs_argument(char *const *command);

#endif
