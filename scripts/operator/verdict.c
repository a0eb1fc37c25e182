/*
 * The verdicts of doctor.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "scripts/operator/verdict.h"
#include "scripts/operator/operator.h"

#include <stdarg.h>
#include <string.h>

static bool failed;

void say(enum verdict verdict, const char *subject, const char *format, ...)
{
    static const char *const words[] = {"ok", "warning", "FAILED"};
    va_list arguments;
    printf("%s: ", words[verdict]);
    print_safely(stdout, subject, strlen(subject));
    fputs(": ", stdout);
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
    failed |= verdict == VERDICT_FAILED;
}

bool any_failed(void)
{
    return failed;
}
