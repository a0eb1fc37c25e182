/*
 * The start of a process with the library in it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/config/config.h"
#include "shim/config/settings.h"
#include "shim/exec/library.h"
#include "shim/hooks/exit.h"
#include "shim/hooks/next.h"
#include "shim/hooks/order.h"
#include "shim/log/log.h"
#include "shim/pending/across_exec.h"
#include "shim/pending/pending.h"

#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

/* What others find out about this library before they hand anything over to it: elf(5), PT_NOTE. */
__attribute__((section(".note.owneronly"), used, aligned(4))) static const struct {
    uint32_t name_size;
    uint32_t size;
    uint32_t type;
    char name[(sizeof LIBRARY_NOTE_NAME + 3) / 4 * 4];
    struct library_note note;
} note = {sizeof LIBRARY_NOTE_NAME,
          sizeof(struct library_note),
          LIBRARY_NOTE_TYPE,
          LIBRARY_NOTE_NAME,
          {HANDOVER_OLDEST, HANDOVER_VERSION}};

/*
 * Takes hand-overs out of the environment, which main and its children must not see.  In place, and
 * by hand: unsetenv(3) takes a lock, and main's third argument is this same array.
 */
static void accept_handovers(void)
{
    static const char key[] = HANDOVER_VARIABLE "=";
    char **kept = setting_environment();
    for (char **entry = kept; *entry; entry++) {
        if (strncmp(*entry, key, sizeof key - 1) != 0) {
            *kept++ = *entry;
            continue;
        }
        char *value = *entry + sizeof key - 1;
        int result = getauxval(AT_SECURE) ? 0 : pending_accept(value);
        if (result < 0)
            config_fatal(HANDOVER_VARIABLE, "the pending file cannot be taken over", result);
        memset(value, '\0', strlen(value));
    }
    *kept = NULL;
    /* A link may have led the image before to what it handed over; it did not say so. */
    if (pending_ever() && config_get()->policy->follows)
        atomic_store(&pending_follows, true);
}

/*
 * The thread sanitizer's string functions, in a program that has them in place of libc's, jump to
 * address 0 until its own start, which is in .preinit_array and so after ours.  A second call of it
 * does nothing.
 */
extern void __tsan_init(void) __attribute__((weak));

static void start_sanitizer(void)
{
    if (__tsan_init)
        __tsan_init();
}

/*
 * Before every other constructor, where the loader allows it (-z initfirst): one of them may change
 * the environment.  So nothing of libc is ready that libc's own constructor makes ready: environ is
 * not.
 */
__attribute__((constructor)) static void at_start(void)
{
    start_sanitizer();
    (void)config_get();
    next_start();
    exit_start();
    accept_handovers();
    if (pending_ever())
        next_disable_quick();
    if (pending_tracks(STDERR_FILENO))
        log_spare_standard_error();
    log_start();
    order_check();
}
