/*
 * Programs that start others: does the library get there, and what would carry it?
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SCRIPTS_OPERATOR_LAUNCHERS_H
#define OWNERONLY_SCRIPTS_OPERATOR_LAUNCHERS_H

#include <stdbool.h>

struct launcher {
    const char *name;
    const char *advice; /* NULL: it starts what follows it, with the environment that it has itself
                         */
};

/* NULL if it is none that is known. */
const struct launcher *launcher_of(const char *command);

/* Is the word behind this option its value? */
bool takes_next_word(const char *launcher, const char *option);

/* Is this a shell, told to run what one of its arguments says? */
bool runs_argument(char *const *command);

#endif
