# musl by its wrapper of gcc: cmake --toolchain shim/toolchains/musl.cmake
# Needs Debian's musl-tools and linux-libc-dev.
# SPDX-License-Identifier: Apache-2.0
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR ${CMAKE_HOST_SYSTEM_PROCESSOR})
set(CMAKE_C_COMPILER musl-gcc)

# The wrapper looks for no kernel headers, and must not find libc's beside them.
set(kernel_headers ${CMAKE_BINARY_DIR}/kernel-headers)
file(MAKE_DIRECTORY ${kernel_headers})
foreach(directory linux asm-generic ${CMAKE_SYSTEM_PROCESSOR}-linux-gnu/asm)
    get_filename_component(name ${directory} NAME)
    file(CREATE_LINK /usr/include/${directory} ${kernel_headers}/${name} SYMBOLIC)
endforeach()
set(CMAKE_C_FLAGS_INIT "-idirafter ${kernel_headers}")
