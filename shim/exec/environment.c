/*
 * What an environment lost, and a new one that has it again.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/exec/environment.h"
#include "policy/base/text.h"
#include "shim/exec/preload.h"

/* In the order of the enum. */
static const char names[KEPT_COUNT][17] = {PRELOAD_VARIABLE,  "OWNERONLY_POLICY",
                                           "OWNERONLY_MATCH", "OWNERONLY_MODE",
                                           "OWNERONLY_LOG",   "OWNERONLY_REPORT"};

struct loss {
    size_t count;          /* of the environment's strings */
    bool has[KEPT_COUNT];  /* a value that will do */
    bool lost[KEPT_COUNT]; /* and is to be given back */
    const char *others;    /* an LD_PRELOAD that names other libraries only, or NULL */
};

/* Which variable an entry sets, and its value; KEPT_COUNT for all others. */
static enum kept_variable variable_of(const char *entry, const char **value)
{
    enum kept_variable variable = 0;
    for (; variable < KEPT_COUNT; variable++) {
        size_t length = strlen(names[variable]);
        if (strncmp(entry, names[variable], length) == 0 && entry[length] == '=') {
            *value = entry + length + 1;
            break;
        }
    }
    return variable;
}

/* An empty value is the same as none. */
static bool will_do(enum kept_variable variable, const char *value)
{
    return variable == KEPT_PRELOAD ? preload_has_ours(value) : *value != '\0';
}

static void put_ours(struct text *text, const char *list)
{
    struct slice element;
    const char *separator = "";
    while (preload_next(&list, &element)) {
        if (!preload_is_ours(element))
            continue;
        text_put(text, separator);
        text_put_slice(text, element);
        separator = ":";
    }
}

size_t environment_copy_size(char *const environment[])
{
    size_t size = sizeof(struct kept_environment);
    const char *value;
    for (char *const *entry = environment; *entry; entry++)
        if (variable_of(*entry, &value) < KEPT_COUNT)
            size += 2 * (strlen(*entry) + 1);
    return size;
}

const struct kept_environment *environment_copy(char *const environment[], void *memory)
{
    struct kept_environment *kept = memory;
    char *free = (char *)(kept + 1);
    *kept = (struct kept_environment){.ours = ""};
    for (char *const *entry = environment; *entry; entry++) {
        const char *value;
        enum kept_variable variable = variable_of(*entry, &value);
        size_t size = strlen(*entry) + 1;
        /* The first one counts, as for the configuration. */
        if (variable == KEPT_COUNT || kept->variables[variable] || !will_do(variable, value))
            continue;
        kept->variables[variable] = memcpy(free, *entry, size);
        free += size;
        if (variable != KEPT_PRELOAD)
            continue;
        struct text ours = text_begin(free, size);
        put_ours(&ours, value);
        kept->ours = free;
        free += size;
    }
    return kept;
}

static bool has_in_effect(const struct loss *loss, enum kept_variable variable)
{
    return loss->has[variable] && !(variable == KEPT_PRELOAD && loss->others);
}

/* True if anything is lost. */
static bool find_loss(const struct kept_environment *kept, char *const environment[],
                      struct loss *loss)
{
    bool any = false;
    *loss = (struct loss){0};
    for (char *const *entry = environment; entry && *entry; entry++) {
        const char *value;
        enum kept_variable variable = variable_of(*entry, &value);
        loss->count++;
        if (variable == KEPT_COUNT)
            continue;
        if (will_do(variable, value))
            loss->has[variable] = true;
        else if (variable == KEPT_PRELOAD && *value)
            loss->others = value;
    }
    for (enum kept_variable variable = 0; variable < KEPT_COUNT; variable++) {
        loss->lost[variable] = kept->variables[variable] && !has_in_effect(loss, variable);
        any |= loss->lost[variable];
    }
    return any;
}

static size_t size_with_ours(const struct kept_environment *kept, const char *others)
{
    return sizeof PRELOAD_VARIABLE "=::" + strlen(others) + strlen(kept->ours);
}

size_t environment_restore_size(const struct kept_environment *kept, char *const environment[])
{
    struct loss loss;
    if (!find_loss(kept, environment, &loss))
        return 0;
    return (loss.count + KEPT_COUNT + 1) * sizeof(char *) +
           (loss.others ? size_with_ours(kept, loss.others) : 0);
}

static const char *with_ours(const struct kept_environment *kept, const char *others, char *memory)
{
    struct text text = text_begin(memory, size_with_ours(kept, others));
    const char *rest = others;
    const char *next = others;
    struct slice element;
    while (preload_next(&next, &element) && preload_is_sanitizer(element))
        rest = next;
    text_put(&text, PRELOAD_VARIABLE "=");
    text_put_slice(&text, (struct slice){others, (size_t)(rest - others)});
    text_put(&text, rest > others && !strchr(" :", rest[-1]) ? ":" : "");
    text_put(&text, kept->ours);
    text_put(&text, *rest ? ":" : "");
    text_put(&text, rest);
    return memory;
}

char *const *environment_restore(const struct kept_environment *kept, char *const environment[],
                                 void *memory)
{
    struct loss loss;
    const char **restored = memory;
    size_t count = 0;
    (void)find_loss(kept, environment, &loss);
    char *behind = (char *)(restored + loss.count + KEPT_COUNT + 1);
    for (char *const *entry = environment; entry && *entry; entry++) {
        const char *value;
        enum kept_variable variable = variable_of(*entry, &value);
        if (variable == KEPT_COUNT || !loss.lost[variable] || will_do(variable, value))
            restored[count++] = *entry;
    }
    for (enum kept_variable variable = 0; variable < KEPT_COUNT; variable++)
        if (loss.lost[variable])
            restored[count++] = variable == KEPT_PRELOAD && loss.others
                                    ? with_ours(kept, loss.others, behind)
                                    : kept->variables[variable];
    restored[count] = NULL;
    return (char *const *)restored;
}
