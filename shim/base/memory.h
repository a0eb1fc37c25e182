/*
 * Pages of the library's own, for whoever would otherwise allocate: malloc(3) takes locks, and
 * mmap(2) by libc is one of the calls that are hooked.
 *
 * As in sys.h: bare system calls, errno untouched, async-signal-safe.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SHIM_BASE_MEMORY_H
#define OWNERONLY_SHIM_BASE_MEMORY_H

#include "shim/base/sys_call.h"

/* -errno is within the last page of all addresses: syscall(2). */
#define MEMORY_ERRORS 4095UL

/*
 * Zeroed pages to read and write.  flags: MAP_PRIVATE or MAP_SHARED, and whatever mmap(2) knows
 * beside them.  NULL if there is no memory.  The caller unmaps them, with the same size.
 */
static inline void *memory_map(size_t size, int flags)
{
    unsigned long result = (unsigned long)sys_call_mmap(size, flags | MAP_ANONYMOUS);
    return result >= -MEMORY_ERRORS ? NULL : (void *)result;
}

/* munmap(2). */
static inline void memory_unmap(void *memory, size_t size)
{
    sys_call(SYS_munmap, (long)memory, (long)size, 0, 0, 0);
}

/* madvise(2): 0 or -errno. */
static inline int memory_advise(void *memory, size_t size, int advice)
{
    return (int)sys_call(SYS_madvise, (long)memory, (long)size, advice, 0, 0);
}

/* What was written until now can't be changed any more, by mistake: mprotect(2). */
static inline void memory_make_constant(const void *memory, size_t size)
{
    sys_call(SYS_mprotect, (long)memory, (long)size, PROT_READ, 0, 0);
}

#endif
