# i386 by the x86-64 compiler: cmake --toolchain shim/toolchains/i386.cmake
# Needs Debian's lib32gcc-12-dev and libc6-dev-i386, or -DCMAKE_SYSROOT=, the root of an i386 system.
# SPDX-License-Identifier: Apache-2.0
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR i386)
set(CMAKE_C_COMPILER gcc)
set(CMAKE_C_FLAGS_INIT -m32)
set(CMAKE_LIBRARY_ARCHITECTURE i386-linux-gnu)

if(NOT CMAKE_SYSROOT AND NOT EXISTS /usr/include/asm AND NOT EXISTS /usr/include/i386-linux-gnu/asm)
    # What gcc-multilib would add; it cannot be installed beside a cross compiler.
    string(APPEND CMAKE_C_FLAGS_INIT " -idirafter /usr/include/x86_64-linux-gnu")
endif()
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
