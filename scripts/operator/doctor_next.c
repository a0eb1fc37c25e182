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

/* Is this a word that env(1) takes for a variable, and others for a command? */
static bool is_assignment(const struct launcher *launcher, const char *word)
{
    return strcmp(launcher->name, "env") == 0 && strchr(word, '=');
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
 * environment.  *said: the reason why that can't be told is on standard output.
 */
static char **started_by(char **command, const struct launcher *launcher, bool *said)
{
    bool is_env = strcmp(launcher->name, "env") == 0;
    bool may_be_option = true;
    for (char **word = command + 1; *word; word++) {
        if (may_be_option && (*word)[0] == '-') {
            may_be_option = strcmp(*word, "--") != 0;
            if (may_be_option && is_env)
                return NULL;
            if (takes_next_word(command[0], *word) && word[1])
                word++;
        } else if (is_assignment(launcher, *word)) {
            *said = changes_the_library(command[0], *word);
            if (*said)
                return NULL;
        } else if (is_program(*word)) {
            return word;
        }
    }
    return NULL;
}

char **next_command(char **command)
{
    const struct launcher *launcher = launcher_of(command[0]);
    bool said = false;
    char **next = launcher && !launcher->advice ? started_by(command, launcher, &said) : NULL;
    if (next || said)
        return next;
    if (launcher && launcher->advice)
        say(VERDICT_WARNING, command[0],
            "starts programs elsewhere, or with another environment, which was not looked at; %s",
            launcher->advice);
    else if (launcher)
        say(VERDICT_WARNING, command[0],
            "what it starts was not looked at; run owneronly doctor for that by itself");
    else if (runs_argument(command))
        say(VERDICT_WARNING, command[0],
            "what its -c starts was not looked at; run owneronly doctor for that by itself");
    return NULL;
}
