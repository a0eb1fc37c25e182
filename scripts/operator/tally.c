/*
 * Counts the lines of a report by their fields: owneronly(1), THE LOG.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "scripts/operator/report.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* In the order in which they are said. */
enum count {
    REDIRECTED,
    PUBLISHED,
    DISCARDED,
    UNFINISHED,
    REFUSED,
    PASSED_ON,
    IN_PLACE,
    TIGHTENED,
    CLAMPED,
    OBSERVED,
    COUNTS
};

static const char *const labels[COUNTS] = {
    [REDIRECTED] = "redirected", [PUBLISHED] = "published", [DISCARDED] = "discarded",
    [UNFINISHED] = "unfinished", [REFUSED] = "refused",     [PASSED_ON] = "passed-on",
    [IN_PLACE] = "in-place",     [TIGHTENED] = "tightened", [CLAMPED] = "clamped",
    [OBSERVED] = "observed",
};

static const struct {
    const char *field;
    enum count count;
} fields[] = {
    {"action=begin", REDIRECTED},        {"action=publish", PUBLISHED},
    {"action=discard", DISCARDED},       {"action=refuse", REFUSED},
    {"left-to=program", PASSED_ON},      {"action=in-place", IN_PLACE},
    {"action=append", IN_PLACE},         {"action=tighten", TIGHTENED},
    {"action=clamp", CLAMPED},           {"action=observe-write", OBSERVED},
    {"action=observe-create", OBSERVED}, {"action=observe-arrival", OBSERVED},
    {"action=observe-chmod", OBSERVED},
};

/* The end of the field that begins here; within quotes blanks do not end it. */
static char *end_of(char *field)
{
    bool quoted = false;
    for (; *field && (quoted || (*field != ' ' && *field != '\n')); field++) {
        if (quoted && *field == '\\' && field[1])
            field++;
        else if (*field == '"')
            quoted = !quoted;
    }
    return field;
}

static void add(const char *field, unsigned long counts[COUNTS])
{
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        if (strcmp(field, fields[i].field) == 0)
            counts[fields[i].count]++;
}

void tally(FILE *lines, unsigned long running, FILE *answer)
{
    unsigned long counts[COUNTS] = {0};
    char *line = NULL;
    size_t size = 0;
    while (getline(&line, &size, lines) > 0) {
        for (char *field = line; *field;) {
            char *end = end_of(field);
            char *next = *end ? end + 1 : end;
            *end = '\0';
            add(field, counts);
            field = next;
        }
    }
    free(line);
    /* Killed in the middle, or still at it. */
    unsigned long ended = counts[PUBLISHED] + counts[DISCARDED];
    counts[UNFINISHED] = counts[REDIRECTED] > ended ? counts[REDIRECTED] - ended : 0;
    fputs("owneronly: report:", answer);
    for (enum count count = 0; count < COUNTS; count++)
        fprintf(answer, " %s=%lu", labels[count], counts[count]);
    fprintf(answer, " running=%lu\n", running);
}
