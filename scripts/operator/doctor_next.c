/*
 * What a command starts in its turn, as far as that can be told from its words.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "scripts/operator/doctor_next.h"
#include "scripts/operator/doctor.h"
#include "scripts/operator/launchers.h"
#include "scripts/operator/preloads.h"
#include "scripts/operator/verdict.h"

#include <stdlib.h>
#include <string.h>

/* The value that a word of env(1) gives to this variable, or NULL. */
static const char *assigned(const char *word, const char *name)
{
    size_t length = strlen(name);
    return strncmp(word, name, length) == 0 && word[length] == '=' ? word + length + 1 : NULL;
}

/*
 * What is set for the next program and decides whether the library is in it, and what it is told:
 * said, and true.
 */
static bool changes_the_library(const char *launcher, const char *word)
{
    const char *preload = assigned(word, PRELOAD_VARIABLE);
    const char *mode = assigned(word, "OWNERONLY_MODE");
    int length = (int)strcspn(word, "=");
    if (mode && strcmp(mode, "off") == 0)
        say(VERDICT_FAILED, launcher,
            "OWNERONLY_MODE=off protects nothing in what it starts; drop it");
    else if (preload && !preload_has_ours(preload) && !environment_is_kept())
        say(VERDICT_FAILED, launcher,
            "%.*s is set to what does not name the library, so what it starts runs without; name "
            "it there, too, or drop it",
            length, word);
    else if (preload || assigned(word, "PATH") || strncmp(word, "OWNERONLY_", 10) == 0)
        say(VERDICT_WARNING, launcher,
            "what it starts was not looked at, since %.*s is set for it; set it for owneronly "
            "doctor, and look at the rest of the command",
            length, word);
    else
        return false;
    return true;
}

static bool is_program(const char *word)
{
    char *path = find_in_path(word);
    free(path);
    return path != NULL;
}

/*
 * What a launcher that leaves the environment alone is to start: the first word that is a program.
 * Its own options and their values are none; but options of env(1) may do anything with the
 * environment, and it has no other words, so that what is no program there is not found.  *said:
 * the reason why that can't be told is on standard output.
 */
static char **started_by(char **command, bool *said)
{
    bool takes_variables = launcher_takes_variables(command[0]);
    bool may_be_option = true;
    unsigned operands = launcher_operands(command[0]);
    for (char **word = command + 1; *word; word++) {
        if (may_be_option && (*word)[0] == '-') {
            may_be_option = strcmp(*word, "--") != 0;
            if (may_be_option && (takes_variables || launcher_runs_words(command[0], *word)))
                return NULL;
            if (takes_next_word(command[0], *word) && word[1])
                word++;
        } else if (operands > 0) {
            operands--;
        } else if (takes_variables && strchr(*word, '=')) {
            *said = changes_the_library(command[0], *word);
            if (*said)
                return NULL;
        } else if (takes_variables || is_program(*word)) {
            return word;
        }
    }
    return NULL;
}

char **next_command(char **command)
{
    const char *advice;
    enum launch launch = launch_of(command[0], &advice);
    bool said = false;
    char **next = launch == LAUNCH_FOLLOWED ? started_by(command, &said) : NULL;
    if (next || said)
        return next;
    if (launch == LAUNCH_ELSEWHERE)
        say(VERDICT_WARNING, command[0],
            "starts programs elsewhere, or with another environment, which was not looked at; %s",
            advice);
    else if (launch != LAUNCH_NONE)
        say(VERDICT_WARNING, command[0],
            "what it starts was not looked at; run owneronly doctor for that by itself");
    else if (runs_argument(command))
        say(VERDICT_WARNING, command[0],
            "what its -c starts was not looked at; run owneronly doctor for that by itself");
    return NULL;
}
