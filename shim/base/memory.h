/*
 * Pages of the library's own, for whoever would otherwise allocate: malloc(3) takes locks, and
 * mmap(2) by libc is one of the calls that are hooked.
 *
 * As in sys.h: bare system calls, errno untouched, async-signal-safe.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_MEMORY_H
#define OWNERONLY_MEMORY_H

#include <stddef.h>
#include <sys/mman.h>

#include "shim/base/sys.h"

/* Of 4,096: the kernel's own errors are within the last page, syscall(2). */
#define MEMORY_ERRORS 4095UL

#if defined(__clang_analyzer__)

long memory_call(size_t size, int flags);

#elif defined(__x86_64__)

/* mmap(2) takes six arguments, one more than sys_call. */
static inline long memory_call(size_t size, int flags)
{
    register long flags_register __asm__("r10") = flags;
    register long fd __asm__("r8") = -1;
    register long offset __asm__("r9") = 0;
    long result = SYS_mmap;
    __asm__ volatile("syscall"
                     : "+a"(result)
                     : "D"(0L), "S"(size), "d"((long)(PROT_READ | PROT_WRITE)), "r"(flags_register),
                       "r"(fd), "r"(offset)
                     : "rcx", "r11", "memory");
    return result;
}

#elif defined(__aarch64__)

static inline long memory_call(size_t size, int flags)
{
    register long number __asm__("x8") = SYS_mmap;
    register long result __asm__("x0") = 0;
    register long length __asm__("x1") = (long)size;
    register long protection __asm__("x2") = PROT_READ | PROT_WRITE;
    register long flags_register __asm__("x3") = flags;
    register long fd __asm__("x4") = -1;
    register long offset __asm__("x5") = 0;
    __asm__ volatile("svc 0"
                     : "+r"(result)
                     : "r"(number), "r"(length), "r"(protection), "r"(flags_register), "r"(fd),
                       "r"(offset)
                     : "memory", "cc");
    return result;
}

#elif defined(__i386__)

/* The older of its two calls: it takes the address of its six arguments. */
static inline long memory_call(size_t size, int flags)
{
    const unsigned long arguments[] = {0,    size, PROT_READ | PROT_WRITE, (unsigned long)flags,
                                       -1UL, 0};
    return sys_call(SYS_mmap, (long)arguments, 0, 0, 0, 0);
}

#endif

/*
 * Zeroed pages to read and write.  flags: MAP_PRIVATE or MAP_SHARED, and whatever mmap(2) knows
 * beside them.  NULL if there is no memory.  The caller unmaps them, with the same size.
 */
static inline void *memory_map(size_t size, int flags)
{
    unsigned long result = (unsigned long)memory_call(size, flags | MAP_ANONYMOUS);
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
