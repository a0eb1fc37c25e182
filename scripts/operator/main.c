/*
 * owneronly-inspect PRELOAD COMMAND [ARGUMENT...], run by the wrapper, owneronly(1); PRELOAD is
 * what it would set LD_PRELOAD to.  For --report: owneronly-inspect PRELOAD report PROGRAM
 * [ARGUMENT...].  Before a command is started: owneronly-inspect PRELOAD lines.  And by its own
 * doctor: owneronly-inspect PRELOAD witness DIRECTORY.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "scripts/operator/doctor.h"
#include "scripts/operator/operator.h"
#include "scripts/operator/report.h"
#include "shim/config/fatal.h"

#include <string.h>

static const struct command *const commands[] = {
    &check_command, &explain_command, &audit_command, &doctor_command, &status_command,
};

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    return NULL;
}

/* What was not written was not said: a full disk, or a reader that went away. */
static int finish(const struct command *command, int status)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    complain(command->name, "standard output", errno);
    return EXIT_TROUBLE;
}

int main(int argc, char **argv)
{
    if (argc > 3 && strcmp(argv[2], "report") == 0)
        return report_run(argv[1], argv + 3);
    if (argc == 4 && strcmp(argv[2], WITNESS_COMMAND) == 0)
        return witness_run(argv[3]);
    if (argc == 3 && strcmp(argv[2], "lines") == 0)
        return lines_can_be_written() ? EXIT_GOOD : FATAL_EXIT_STATUS;
    const struct command *command = argc > 2 ? find_command(argv[2]) : NULL;
    if (!command) {
        fputs("owneronly-inspect is run by owneronly; see owneronly(1)\n", stderr);
        return EXIT_USAGE;
    }
    struct arguments arguments = {.preload = argv[1]};
    int status = options_read(&arguments, command, argc - 2, argv + 2);
    return finish(command, status < 0 ? command->run(&arguments) : status);
}
