/*
 * What an environment lost, and a new one that has it again.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "keep.h"
#include "preload.h"
#include "text.h"

/* In the order of the enum. */
static const char names[KEEP_COUNT][17] = {PRELOAD_VARIABLE,  "OWNERONLY_POLICY",
                                           "OWNERONLY_MATCH", "OWNERONLY_MODE",
                                           "OWNERONLY_LOG",   "OWNERONLY_REPORT"};

struct loss {
    size_t count;          /* of the environment's strings */
    bool has[KEEP_COUNT];  /* a value that will do */
    bool lost[KEEP_COUNT]; /* and is to be given back */
    const char *others;    /* an LD_PRELOAD that names other libraries only, or NULL */
};

/* Which variable an entry sets, and its value; KEEP_COUNT for all others. */
static enum keep_variable variable_of(const char *entry, const char **value)
{
    enum keep_variable variable = 0;
    for (; variable < KEEP_COUNT; variable++) {
        size_t length = strlen(names[variable]);
        if (strncmp(entry, names[variable], length) == 0 && entry[length] == '=') {
            *value = entry + length + 1;
            break;
        }
    }
    return variable;
}

/* An empty value is the same as none. */
static bool will_do(enum keep_variable variable, const char *value)
{
    return variable == KEEP_PRELOAD ? preload_has_ours(value) : *value != '\0';
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

size_t keep_copy_size(char *const environment[])
{
    size_t size = sizeof(struct keep);
    const char *value;
    for (char *const *entry = environment; *entry; entry++)
        if (variable_of(*entry, &value) < KEEP_COUNT)
            size += 2 * (strlen(*entry) + 1);
    return size;
}

const struct keep *keep_copy(char *const environment[], void *memory)
{
    struct keep *keep = memory;
    char *free = (char *)(keep + 1);
    *keep = (struct keep){.ours = ""};
    for (char *const *entry = environment; *entry; entry++) {
        const char *value;
        enum keep_variable variable = variable_of(*entry, &value);
        size_t size = strlen(*entry) + 1;
        /* The first one counts, as for the configuration. */
        if (variable == KEEP_COUNT || keep->variables[variable] || !will_do(variable, value))
            continue;
        keep->variables[variable] = memcpy(free, *entry, size);
        free += size;
        if (variable != KEEP_PRELOAD)
            continue;
        struct text ours = text_begin(free, size);
        put_ours(&ours, value);
        keep->ours = free;
        free += size;
    }
    return keep;
}

/* A caller that names one policy has chosen: the other kind would come before it, or be no use. */
static bool has_in_effect(const struct loss *loss, enum keep_variable variable)
{
    switch (variable) {
    case KEEP_PRELOAD:
        return loss->has[KEEP_PRELOAD] && !loss->others;
    case KEEP_POLICY:
    case KEEP_MATCH:
        return loss->has[KEEP_POLICY] || loss->has[KEEP_MATCH];
    default:
        return loss->has[variable];
    }
}

/* True if anything is lost. */
static bool find_loss(const struct keep *keep, char *const environment[], struct loss *loss)
{
    bool any = false;
    *loss = (struct loss){0};
    for (char *const *entry = environment; entry && *entry; entry++) {
        const char *value;
        enum keep_variable variable = variable_of(*entry, &value);
        loss->count++;
        if (variable == KEEP_COUNT)
            continue;
        if (will_do(variable, value))
            loss->has[variable] = true;
        else if (variable == KEEP_PRELOAD && *value)
            loss->others = value;
    }
    for (enum keep_variable variable = 0; variable < KEEP_COUNT; variable++) {
        loss->lost[variable] = keep->variables[variable] && !has_in_effect(loss, variable);
        any |= loss->lost[variable];
    }
    return any;
}

static size_t size_with_ours(const struct keep *keep, const char *others)
{
    return sizeof PRELOAD_VARIABLE "=" + strlen(others) + sizeof ':' + strlen(keep->ours);
}

size_t keep_restore_size(const struct keep *keep, char *const environment[])
{
    struct loss loss;
    if (!find_loss(keep, environment, &loss))
        return 0;
    return (loss.count + KEEP_COUNT + 1) * sizeof(char *) +
           (loss.others ? size_with_ours(keep, loss.others) : 0);
}

static const char *with_ours(const struct keep *keep, const char *others, char *memory)
{
    struct text text = text_begin(memory, size_with_ours(keep, others));
    text_put(&text, PRELOAD_VARIABLE "=");
    text_put(&text, others);
    text_put(&text, ":");
    text_put(&text, keep->ours);
    return memory;
}

char *const *keep_restore(const struct keep *keep, char *const environment[], void *memory)
{
    struct loss loss;
    const char **restored = memory;
    size_t count = 0;
    (void)find_loss(keep, environment, &loss);
    char *behind = (char *)(restored + loss.count + KEEP_COUNT + 1);
    for (char *const *entry = environment; entry && *entry; entry++) {
        const char *value;
        enum keep_variable variable = variable_of(*entry, &value);
        if (variable == KEEP_COUNT || !loss.lost[variable] || will_do(variable, value))
            restored[count++] = *entry;
    }
    for (enum keep_variable variable = 0; variable < KEEP_COUNT; variable++)
        if (loss.lost[variable])
            restored[count++] = variable == KEEP_PRELOAD && loss.others
                                    ? with_ours(keep, loss.others, behind)
                                    : keep->variables[variable];
    restored[count] = NULL;
    return (char *const *)restored;
}
