/*
 * A child of doctor, which has the preloads that a command would have: who answers in it?  And it
 * writes, as programs write.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "scripts/operator/doctor.h"
#include "scripts/operator/operator.h"
#include "scripts/operator/symbols.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const hooked[] = {
#define HOOK(result, name, parameters) #name,
#include "shim/hooks/hooks.def"
#undef HOOK
};

static void look_around(void)
{
    for (size_t i = 0; i < sizeof hooked / sizeof hooked[0]; i++) {
        const char *object = symbol_object(hooked[i]);
        if (object)
            printf("%s %s\n", hooked[i], object);
    }
}

/* The two ways that most programs write in. */
static int write_both(void)
{
    static const char text[] = WITNESS_TEXT;
    int fd = open(WITNESS_FILE, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (fd < 0 || write(fd, text, strlen(text)) < 0 || close(fd) < 0)
        return errno;
    FILE *stream = fopen(WITNESS_STREAM, "we");
    if (!stream || fputs(text, stream) == EOF)
        return errno;
    return fclose(stream) == EOF ? errno : 0;
}

int witness_run(const char *directory)
{
    umask(0);
    if (symbols_are_known())
        look_around();
    int error = chdir(directory) < 0 ? errno : write_both();
    if (error != 0)
        complain("doctor", "the proof's child", error);
    return fflush(stdout) == 0 && error == 0 ? EXIT_GOOD : EXIT_FOUND;
}
