/*
 * The line is first shown after a second, and then renewed five times in each.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "scripts/operator/progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define FIRST_AFTER 1000
#define RENEWED_AFTER 200

static uint64_t milliseconds(void)
{
    struct timespec now = {0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

struct progress progress_begin(void)
{
    return (struct progress){
        .wanted = isatty(STDERR_FILENO) == 1,
        .next = milliseconds() + FIRST_AFTER,
    };
}

void progress_step(struct progress *progress, unsigned names)
{
    progress->names += names;
    if (!progress->wanted)
        return;
    uint64_t now = milliseconds();
    if (now < progress->next)
        return;
    fprintf(stderr, "\r%lu names looked at", progress->names);
    fflush(stderr);
    progress->shown = true;
    progress->next = now + RENEWED_AFTER;
}

void progress_clear(struct progress *progress)
{
    if (!progress->shown)
        return;
    fputs("\r\033[K", stderr);
    progress->shown = false;
}
