/*
 * Names the libraries that stand before this one.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/hooks/order.h"
#include "policy/base/text.h"
#include "shim/exec/preload.h"
#include "shim/hooks/lookup.h"
#include "shim/hooks/next.h"
#include "shim/log/log.h"

/* Functions that the line names. */
#define NAMED_MAX 6

/*
 * Whoever stands in front of close(2) keeps account of descriptors, and often calls libc directly;
 * a file that is never seen to be closed would not be published.  This one is named on standard
 * error where there is no log.
 */
static bool may_lose(const bool defined[])
{
    return defined[HOOK_close] || defined[HOOK_fclose];
}

static void report(const char *path, const bool defined[])
{
    char bytes[256];
    struct text reason = text_begin(bytes, sizeof bytes);
    unsigned count = 0;
    text_put(&reason,
             "stands before this library, and what it does not pass on is not protected: ");
    for (enum hook hook = 0; hook < HOOK_COUNT; hook++) {
        if (!defined[hook] || count++ >= NAMED_MAX)
            continue;
        text_put(&reason, count > 1 ? " " : "");
        text_put(&reason, next_names[hook]);
    }
    if (count > NAMED_MAX) {
        text_put(&reason, " and ");
        text_put_number(&reason, count - NAMED_MAX);
        text_put(&reason, " more");
    }
    log_decision(&(struct log_decision){.action = "preceded",
                                        .directory = AT_FDCWD,
                                        .name = path,
                                        .reason = bytes,
                                        .is_warning = may_lose(defined)});
}

void order_check(void)
{
    const void *object = NULL;
    while ((object = lookup_before(object))) {
        bool defined[HOOK_COUNT];
        const char *path = lookup_path(object);
        if (!preload_is_sanitizer(slice_of(path)) &&
            lookup_defines(object, next_names, defined, HOOK_COUNT))
            report(path, defined);
    }
}
