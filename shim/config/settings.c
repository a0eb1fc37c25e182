/*
 * Variables of the environment.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/config/settings.h"
#include "policy/base/text.h"
#include "shim/base/memory.h"
#include "shim/base/path.h"
#include "shim/config/config.h"

#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

/* glibc's, in the loader. */
extern const long *__libc_stack_end __attribute__((weak));

/* The strings are where execve(2) put them: on the stack, behind the arguments and their number. */
char **setting_environment(void)
{
    if (environ)
        return environ;
    if (!&__libc_stack_end || !__libc_stack_end)
        config_fatal("the environment", "is not known yet", -ENOSYS);
    const long *argument_count = __libc_stack_end;
    return (char **)argument_count + 1 + *argument_count + 1;
}

/* Before libc is at it, and after the program has written itself a title, this says other things.
 */
static const char *first_argument(void)
{
    if (&__libc_stack_end && __libc_stack_end && __libc_stack_end[0] > 0)
        return (const char *)__libc_stack_end[1];
    return program_invocation_name;
}

void setting_program(char *name, size_t size)
{
    const char *path = first_argument();
    struct text text = text_begin(name, size);
    if (path)
        text_put(&text, path_name(path, strlen(path)));
}

bool setting_is_ignored(void)
{
    return getauxval(AT_SECURE) != 0;
}

const char *setting(const char *name)
{
    size_t length = strlen(name);
    if (setting_is_ignored())
        return NULL;
    for (char **entry = setting_environment(); *entry; entry++) {
        /* The first byte rules most of them out, and spares their call at the start of every
         * process. */
        if (**entry != *name || strncmp(*entry, name, length) != 0 || (*entry)[length] != '=')
            continue;
        const char *value = *entry + length + 1;
        return *value ? value : NULL;
    }
    return NULL;
}

void *setting_memory(size_t size)
{
    void *memory = memory_map(size, MAP_PRIVATE);
    if (!memory)
        config_fatal("policy", "no memory", -ENOMEM);
    return memory;
}
