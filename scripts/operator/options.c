/*
 * The command line of the operator's commands.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "scripts/operator/operator.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

enum { OPTION_HELP = 256, OPTION_FIX, OPTION_JSON };

static const struct option options[] = {
    {"match", required_argument, NULL, 'm'},  {"policy", required_argument, NULL, 'p'},
    {"help", no_argument, NULL, OPTION_HELP}, {"fix", no_argument, NULL, OPTION_FIX},
    {"json", no_argument, NULL, OPTION_JSON}, {NULL, 0, NULL, 0},
};

int usage_error(const char *command, const char *problem, const char *what)
{
    fprintf(stderr, "owneronly %s: %s", command, problem);
    if (what) {
        fputc(' ', stderr);
        print_safely(stderr, what, strlen(what));
    }
    fprintf(stderr, "\nTry \"owneronly %s --help\".\n", command);
    return EXIT_USAGE;
}

/* Which options a command has is said by its usage alone. */
static bool takes(const struct command *command, const char *option)
{
    return strstr(command->usage, option) != NULL;
}

/* Would it take what stands behind its ':' for its own?  An escape, or a bracket, not ended. */
static bool is_open_ended(const char *glob)
{
    const char *bracket = strrchr(glob, '[');
    bool escaped = bracket && bracket > glob && bracket[-1] == '\\';
    return glob[strlen(glob) - 1] == '\\' || (bracket && !escaped && !strchr(bracket, ']'));
}

static bool add_glob(char **globs, const char *glob)
{
    if (*glob == '\0' || strchr(glob, ':') || is_open_ended(glob))
        return false;
    char *joined = NULL;
    if (asprintf(&joined, "%s%s%s", *globs ? *globs : "", *globs ? ":" : "", glob) < 0)
        abort();
    free(*globs);
    *globs = joined;
    return true;
}

/* As the wrapper's own options do. */
static void choose_policy(struct arguments *arguments, const char *globs, const char *file)
{
    arguments->has_policy = file != NULL;
    if (globs) {
        const char *inherited = getenv("OWNERONLY_MATCH");
        char *all = NULL;
        bool more = inherited && *inherited;
        if (asprintf(&all, "%s%s%s", globs, more ? ":" : "", more ? inherited : "") < 0)
            abort();
        set_variable("OWNERONLY_MATCH", all);
        free(all);
    }
    if (file) {
        char *path = absolute_path(file);
        set_variable("OWNERONLY_POLICY", path);
        free(path);
    }
}

/* What getopt_long(3) does not know: one letter, perhaps of several in a word, or a whole word. */
static int unknown_option(const struct command *command, char **argv)
{
    char letter[] = {'-', (char)optopt, '\0'};
    bool is_letter = optopt != 0 && optopt < OPTION_HELP;
    return usage_error(command->name, "unknown option", is_letter ? letter : argv[optind - 1]);
}

static int read_options(struct arguments *arguments, const struct command *command, int argc,
                        char **argv, char **globs, const char **file)
{
    int option;
    opterr = 0;
    while ((option = getopt_long(argc, argv, ":m:p:", options, NULL)) != -1) {
        switch (option) {
        case 'm':
        case 'p':
            if (!takes(command, "--policy"))
                return usage_error(command->name, "unknown option", option == 'm' ? "-m" : "-p");
            if (option == 'p')
                *file = optarg;
            else if (!add_glob(globs, optarg))
                return usage_error(command->name, "no glob that -m can take:", optarg);
            break;
        case OPTION_HELP:
            fputs(command->usage, stdout);
            return EXIT_GOOD;
        case OPTION_FIX:
        case OPTION_JSON:
            if (!takes(command, option == OPTION_FIX ? "--fix" : "--json"))
                return usage_error(command->name, "unknown option", argv[optind - 1]);
            *(option == OPTION_FIX ? &arguments->fix : &arguments->json) = true;
            break;
        case ':':
            return usage_error(command->name, "a value is missing behind", argv[optind - 1]);
        default:
            return unknown_option(command, argv);
        }
    }
    return -1;
}

/* Takes "-- PROGRAM..." off the end of the line, where getopt(3) would drop the "--". */
static int split_program(struct arguments *arguments, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--") != 0)
            continue;
        arguments->program = argv + i + 1;
        argv[i] = NULL;
        return i;
    }
    return argc;
}

int options_read(struct arguments *arguments, const struct command *command, int argc, char **argv)
{
    char *globs = NULL;
    const char *file = NULL;
    if (takes(command, "[-- COMMAND"))
        argc = split_program(arguments, argc, argv);
    int status = read_options(arguments, command, argc, argv, &globs, &file);
    if (status < 0)
        choose_policy(arguments, globs, file);
    free(globs);
    arguments->count = argc - optind;
    arguments->operands = argv + optind;
    return status;
}
