/*
 * owneronly doctor: will the library really be there?
 *
 * It says ok only to what it saw.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "scripts/operator/doctor.h"
#include "scripts/operator/operator.h"
#include "scripts/operator/verdict.h"

static int run(const struct arguments *arguments)
{
    if (arguments->program && !arguments->program[0])
        return usage_error("doctor", "no COMMAND behind --", NULL);
    check_installation(arguments->preload);
    if (arguments->program)
        check_program(arguments->preload, arguments->program);
    for (int i = 0; i < arguments->count; i++)
        check_directory(arguments->operands[i]);
    if (policy_is_in_force())
        check_proof(arguments->preload);
    else
        say(VERDICT_WARNING, "proof", "not made, since no policy is in force: see above");
    return any_failed() ? EXIT_FOUND : EXIT_GOOD;
}

const struct command doctor_command = {
    .name = "doctor",
    .usage =
        "usage: owneronly doctor [-m GLOB]... [-p FILE] [DIR...] [-- COMMAND [ARG...]]\n"
        "\n"
        "Checks whether the library will really be there, and proves it by protected writes of a\n"
        "child in a temporary directory.  COMMAND is looked at, not run; in each DIR a file is\n"
        "published under a name of its own and removed.  One line for each check: ok for what was\n"
        "seen, warning for what was not looked at or protects less than it could, or FAILED; and\n"
        "what to do about it.\n"
        "\n" USAGE_OF_POLICY_OPTIONS "      --help         show this text\n"
        "\n"
        "Exit status: 0 if nothing failed, 1 if something did, 2 for wrong usage.\n",
    .run = run,
};
