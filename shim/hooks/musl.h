/*
 * musl's headers rename what a file system with large files calls by two names.  Its binaries have
 * both: old programs, and those of other languages, call the second one.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_SHIM_HOOKS_MUSL_H
#define OWNERONLY_SHIM_HOOKS_MUSL_H

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#undef creat64
#undef fopen64
#undef fstat64
#undef fstatat64
#undef freopen64
#undef lstat64
#undef mmap64
#undef open64
#undef openat64
#undef pwrite64
#undef pwritev64
#undef sendfile64
#undef stat64
#undef truncate64

#undef off64_t
#define off64_t off_t

typedef struct stat stat64_type;

#endif
