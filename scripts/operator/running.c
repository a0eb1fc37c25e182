/*
 * Which processes are still running that report to a file?
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "scripts/operator/process.h"
#include "scripts/operator/report.h"

#include <stdlib.h>
#include <string.h>

unsigned long count_running(const char *report)
{
    unsigned long count = 0;
    pid_t *pids = process_list();
    for (size_t i = 0; pids && pids[i] != 0; i++) {
        struct process process;
        if (process_read(&process, pids[i]) < 0)
            continue;
        const char *own = process_variable(&process, "OWNERONLY_REPORT");
        count += own && strcmp(own, report) == 0;
        process_release(&process);
    }
    free(pids);
    return count;
}
