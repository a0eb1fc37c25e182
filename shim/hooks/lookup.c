/*
 * Finds functions by name in the objects behind this one.
 *
 * Not by dlsym(3), with glibc, because one binary is to load with all of its versions.  Since 2.34
 * it is in libc, under a version that older ones lack; before, it is in libdl, and to need that
 * costs every process of every system nine system calls at its start.  And before 2.36, RTLD_NEXT
 * finds the oldest version of a function, which on i386 is an fopen(3) of another kind of stream.
 * So the table of the loaded objects is read here: _r_debug, <link.h>, elf(5).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/hooks/lookup.h"

#include <stddef.h>
#include <string.h>

#ifdef __GLIBC__

#include <link.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/auxv.h>

/* Set in a symbol's version where it is not the default one. */
#define VERSION_HIDDEN 0x8000

struct object {
    uintptr_t base;
    const ElfW(Sym) * symbols;
    const char *strings;
    const ElfW(Half) * versions; /* or NULL */
    const uint32_t *gnu_hash;    /* or NULL */
    const ElfW(Word) * hash;     /* or NULL */
};

/* glibc has added the base already, except where the section is read-only. */
static const void *address(const struct link_map *map, const ElfW(Dyn) * entry)
{
    ElfW(Addr) value = entry->d_un.d_ptr;
    return (const void *)(value < map->l_addr ? value + map->l_addr : value);
}

static struct object read_object(const struct link_map *map)
{
    struct object object = {.base = map->l_addr};
    for (const ElfW(Dyn) *entry = map->l_ld; entry->d_tag != DT_NULL; entry++) {
        switch (entry->d_tag) {
        case DT_SYMTAB:
            object.symbols = address(map, entry);
            break;
        case DT_STRTAB:
            object.strings = address(map, entry);
            break;
        case DT_VERSYM:
            object.versions = address(map, entry);
            break;
        case DT_GNU_HASH:
            object.gnu_hash = address(map, entry);
            break;
        case DT_HASH:
            object.hash = address(map, entry);
            break;
        default:
            break;
        }
    }
    return object;
}

static bool defines(const struct object *object, uint32_t index, const char *name)
{
    const ElfW(Sym) *symbol = &object->symbols[index];
    unsigned type = ELF64_ST_TYPE(symbol->st_info);
    return symbol->st_shndx != SHN_UNDEF && symbol->st_value != 0 &&
           (type == STT_FUNC || type == STT_GNU_IFUNC || type == STT_NOTYPE) &&
           !(object->versions && (object->versions[index] & VERSION_HIDDEN)) &&
           strcmp(object->strings + symbol->st_name, name) == 0;
}

static uint32_t gnu_hash_of(const char *name)
{
    uint32_t hash = 5381;
    for (; *name; name++)
        hash = hash * 33 + (unsigned char)*name;
    return hash;
}

/* False for most names that the object does not define: two bits of one word. */
static bool may_define(const uint32_t *table, uint32_t hash)
{
    const ElfW(Addr) *filter = (const void *)(table + 4);
    const uint32_t bits = 8 * sizeof *filter;
    ElfW(Addr) word = filter[hash / bits % table[2]];
    return word >> hash % bits & word >> (hash >> table[3]) % bits & 1;
}

/*
 * Four words: buckets, index of the first hashed symbol, words of the filter, its shift; then the
 * filter, the buckets, and a hash a symbol, whose lowest bit ends the bucket.
 */
static uint32_t find_by_gnu_hash(const struct object *object, const char *name, uint32_t hash)
{
    const uint32_t *table = object->gnu_hash;
    const uint32_t *buckets = table + 4 + table[2] * (sizeof(ElfW(Addr)) / sizeof *table);
    const uint32_t *hashes = buckets + table[0];
    uint32_t index = table[0] && may_define(table, hash) ? buckets[hash % table[0]] : 0;
    for (bool more = index >= table[1]; more; index++) {
        uint32_t hashed = hashes[index - table[1]];
        if ((hashed | 1) == (hash | 1) && defines(object, index, name))
            return index;
        more = !(hashed & 1);
    }
    return STN_UNDEF;
}

/* Two words: buckets, symbols.  All symbols are looked at: few objects have only this table. */
static uint32_t find_in_all(const struct object *object, const char *name)
{
    for (uint32_t index = 1; index < object->hash[1]; index++)
        if (defines(object, index, name))
            return index;
    return STN_UNDEF;
}

static uint32_t find(const struct object *object, const char *name, uint32_t hash)
{
    if (!object->symbols || !object->strings)
        return STN_UNDEF;
    if (object->gnu_hash)
        return find_by_gnu_hash(object, name, hash);
    return object->hash ? find_in_all(object, name) : STN_UNDEF;
}

static void *function_at(const struct object *object, const ElfW(Sym) * symbol)
{
    void *function = (void *)(object->base + symbol->st_value);
    if (ELF64_ST_TYPE(symbol->st_info) != STT_GNU_IFUNC)
        return function;
    return ((void *(*)(unsigned long))function)(getauxval(AT_HWCAP));
}

/* Of what is not found yet; true if there is nothing left. */
static bool look_into(const struct link_map *map, const char *const names[],
                      const uint32_t hashes[], void *functions[], size_t count)
{
    struct object object = read_object(map);
    bool complete = true;
    for (size_t i = 0; i < count; i++) {
        uint32_t index = functions[i] ? STN_UNDEF : find(&object, names[i], hashes[i]);
        if (index != STN_UNDEF)
            functions[i] = function_at(&object, &object.symbols[index]);
        complete = complete && functions[i];
    }
    return complete;
}

/* The last object that the process was started with; NULL: it is still being started. */
static const struct link_map *last_object;

void lookup_start(void)
{
    const struct link_map *map = _r_debug.r_map;
    while (map && map->l_next)
        map = map->l_next;
    last_object = map;
}

/* Names in one walk: their hashes lie on the stack of whoever calls a hook for the first time. */
#define WALK_MAX 8

/* The list is in the order of loading, which is the order of search; new objects go to its end. */
static void look_up_few(const char *const names[], void *functions[], size_t count)
{
    uint32_t hashes[WALK_MAX];
    for (size_t i = 0; i < count; i++) {
        hashes[i] = gnu_hash_of(names[i]);
        functions[i] = NULL;
    }
    const struct link_map *map = _r_debug.r_map;
    while (map && map->l_ld != _DYNAMIC)
        map = map->l_next;
    while (map && map != last_object) {
        map = map->l_next;
        if (map && look_into(map, names, hashes, functions, count))
            break;
    }
}

void lookup_next(const char *const names[], void *functions[], size_t count)
{
    for (size_t i = 0; i < count; i += WALK_MAX)
        look_up_few(names + i, functions + i, count - i < WALK_MAX ? count - i : WALK_MAX);
}

/* The kernel's own, which is in the list behind the program, is none. */
const void *lookup_before(const void *object)
{
    const struct link_map *map = object ? object : _r_debug.r_map;
    unsigned long kernel = getauxval(AT_SYSINFO_EHDR);
    do
        map = map ? map->l_next : NULL;
    while (map && kernel != 0 && map->l_addr == kernel);
    return map && map->l_ld != _DYNAMIC ? map : NULL;
}

const char *lookup_path(const void *object)
{
    return ((const struct link_map *)object)->l_name;
}

bool lookup_defines(const void *object, const char *const names[], bool defined[], size_t count)
{
    struct object read = read_object(object);
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        defined[i] = find(&read, names[i], gnu_hash_of(names[i])) != STN_UNDEF;
        any |= defined[i];
    }
    return any;
}

#else

#include <dlfcn.h>

/* Where open64 is open for the loader only (musl since 1.2.4), nothing else finds the former. */
static void *look_up(const char *name)
{
    void *function = dlsym(RTLD_NEXT, name);
    const char *suffix = function ? NULL : strstr(name, "64");
    char plain[32];
    if (!suffix || strlen(name) >= sizeof plain)
        return function;
    size_t length = (size_t)(suffix - name);
    memcpy(plain, name, length);
    strcpy(plain + length, suffix + 2);
    return dlsym(RTLD_NEXT, plain);
}

void lookup_start(void)
{
    /* dlsym(3) takes the loader's lock. */
}

void lookup_next(const char *const names[], void *functions[], size_t count)
{
    for (size_t i = 0; i < count; i++)
        functions[i] = look_up(names[i]);
}

const void *lookup_before(const void *object)
{
    (void)object;
    return NULL;
}

const char *lookup_path(const void *object)
{
    (void)object;
    return "";
}

bool lookup_defines(const void *object, const char *const names[], bool defined[], size_t count)
{
    (void)object;
    (void)names;
    (void)defined;
    (void)count;
    return false;
}

#endif
