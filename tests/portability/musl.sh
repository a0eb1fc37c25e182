#!/bin/bash
# The library with musl: the unit tests, every entry point, and busybox, which nobody here wrote.
#
# Built with this system's musl, and run with it and with those of the other systems.
#
# usage: musl.sh BUILD_DIRECTORY
# SPDX-License-Identifier: Apache-2.0
set -euo pipefail

build=$(realpath -- "$1")/portability/musl
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
source_directory=${here%/tests/portability}
roots=${OWNERONLY_ROOTS:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/owneronly/roots}
sources=$roots/sources
toolchain=(--toolchain "$source_directory/shim/toolchains/musl.cmake")

skip() {
    echo "ok 1 portability: musl # skip $1"
    exit 0
}

build_cmocka() {
    cmake -S "$sources/cmocka" -B "$build/cmocka" "${toolchain[@]}" -DCMAKE_BUILD_TYPE=Release \
        -DWITH_EXAMPLES=OFF -DCMAKE_INSTALL_PREFIX="$build/tests/cmocka"
    cmake --build "$build/cmocka" -j "$(nproc)" --target install
}

build_busybox() {
    [ ! -e "$build/busybox" ] || return 0
    local tree=$build/busybox-build option
    mkdir -p "$tree"
    make -C "$sources/busybox" O="$tree" allnoconfig
    for option in ASH CAT CP DD TEE MV LN SED AWK ECHO PRINTF KILL BUSYBOX; do
        sed -i "s/^# CONFIG_$option is not set/CONFIG_$option=y/" "$tree/.config"
    done
    yes '' | make -C "$tree" oldconfig || true
    make -C "$tree" -j "$(nproc)" CC="musl-gcc -idirafter $build/tests/kernel-headers" busybox
    cp "$tree/busybox" "$build/busybox"
}

build_tests() {
    local prefix=$build/tests/cmocka
    CFLAGS=-I$prefix/include LDFLAGS="-L$prefix/lib -Wl,-rpath,/build/cmocka/lib" \
        cmake -S "$source_directory" -B "$build/tests" "${toolchain[@]}" -DOWNERONLY_WERROR=ON \
        -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_PREFIX_PATH="$prefix"
    "$here/build_programs.sh" "$build/tests"
}

build_all() {
    set -e
    build_cmocka
    build_tests
    build_busybox
    cp "$build/busybox" "$build/tests/tests/integration/programs/busybox"
}

# Each command as a word of its own before the tests.
run_tests() {
    local path
    for path in "$build"/tests/tests/unit/test_*; do
        # Globs are defined as fnmatch(3) of glibc; that of musl reads a broken bracket in another way.
        [ ! -f "$path" ] || [[ $path == */test_glob_differential ]] || "$@" "/build/tests/unit/${path##*/}" /src/policy/presets ||
            status=1
    done
    "$@" bats --formatter tap /src/tests/portability/musl.bats || status=1
}

command -v musl-gcc >/dev/null || skip "musl-gcc is not installed"
mkdir -p "$build"
for package in cmocka busybox; do
    status=0
    "$here/source.sh" bookworm "$sources" "$package" >"$build.log" 2>&1 || status=$?
    [ "$status" != 3 ] || skip "no network"
    [ "$status" = 0 ] || {
        tail -n 5 "$build.log"
        exit 1
    }
done
# In a shell of its own: a condition would switch -e off.
set +e
(build_all) >"$build.log" 2>&1
status=$?
set -e
if [ "$status" != 0 ]; then
    tail -n 40 "$build.log"
    exit 1
fi
 ran=no
for system in debian-11 debian-12 debian-13; do
    root=$roots/$system
    if [ "$(id -u)" = 0 ] && [ -e "$root/lib/ld-musl-x86_64.so.1" ]; then
        echo "# $system: $(chroot "$root" /lib/ld-musl-x86_64.so.1 2>&1 | sed -n 2p)"
        run_tests "$here/in_root.sh" "$root" amd64 "$build/tests"
        ran=yes
    fi
done
[ "$ran" = yes ] || skip "no system was made by the tests before, or not root"
exit "$status"
