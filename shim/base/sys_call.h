/*
 * The system call itself, by architecture: what a port begins with.
 *
 *     sys_call()       any of up to five arguments; what syscalls(2) says, or -errno
 *     sys_call_mmap()  mmap(2), which has six, of anonymous memory to read and write
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SHIM_BASE_SYS_CALL_H
#define OWNERONLY_SHIM_BASE_SYS_CALL_H

#include <stddef.h>
#include <sys/mman.h>
#include <sys/syscall.h>

/* What older headers lack; the numbers of new system calls are the same on all architectures. */
#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#ifndef SYS_openat2
#define SYS_openat2 437
#endif
#ifndef SYS_faccessat2
#define SYS_faccessat2 439
#endif
#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

#ifdef __clang_analyzer__

/* It does not see what assembly writes; of a function that it can't look into, it believes all. */
long sys_call(long number, long a, long b, long c, long d, long e);

long sys_call_mmap(size_t size, int flags);

#elif defined(__x86_64__) && !defined(__ILP32__)

static inline long sys_call(long number, long a, long b, long c, long d, long e)
{
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    long result = number;
    __asm__ volatile("syscall"
                     : "+a"(result)
                     : "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
                     : "rcx", "r11", "memory");
    return result;
}

static inline long sys_call_mmap(size_t size, int flags)
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

static inline long sys_call(long number, long a, long b, long c, long d, long e)
{
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = e;
    __asm__ volatile("svc 0"
                     : "+r"(x0)
                     : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4)
                     : "memory", "cc");
    return x0;
}

static inline long sys_call_mmap(size_t size, int flags)
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

static inline long sys_call(long number, long a, long b, long c, long d, long e)
{
    long result = number;
    __asm__ volatile("int $0x80"
                     : "+a"(result)
                     : "b"(a), "c"(b), "d"(c), "S"(d), "D"(e)
                     : "memory");
    return result;
}

/* The older of its two calls: it takes the address of its six arguments. */
static inline long sys_call_mmap(size_t size, int flags)
{
    const unsigned long arguments[] = {0,    size, PROT_READ | PROT_WRITE, (unsigned long)flags,
                                       -1UL, 0};
    return sys_call(SYS_mmap, (long)arguments, 0, 0, 0, 0);
}

#else
#error "Port: how does this architecture make a system call?  See syscall(2)."
#endif

#endif
