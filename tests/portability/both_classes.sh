#!/bin/bash
# Installs the library for x86-64 and for i386 in one system, and runs programs of both classes.
#
# The system is those of debian-12 and debian-12-i386, one over the other.
#
# usage: both_classes.sh BUILD_DIRECTORY
# SPDX-License-Identifier: Apache-2.0
set -euo pipefail

main_build=$(realpath -- "$1")
build=$main_build/portability/both-classes
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
source_directory=${here%/tests/portability}
roots=${OWNERONLY_ROOTS:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/owneronly/roots}

skip() {
    echo "ok 1 portability: both classes # skip $1"
    exit 0
}

# usage: install_for NAME OPTION...
install_for() {
    local name=$1
    shift
    cmake -S "$source_directory" -B "$build/$name" -DBUILD_TESTING=OFF -DCMAKE_INSTALL_PREFIX=/usr \
        -DCMAKE_BUILD_TYPE=RelWithDebInfo "$@"
    cmake --build "$build/$name" -j "$(nproc)"
    DESTDIR=$build/upper cmake --install "$build/$name"
}

install_both() {
    set -e
    rm -rf "$build/upper" "$build/work"
    mkdir -p "$build"/{upper/i386,work,root}
    install_for x86-64 -DOWNERONLY_LIBRARY_DIRECTORY=lib/x86_64-linux-gnu/owneronly
    install_for i386 --toolchain "$source_directory/shim/toolchains/i386.cmake" \
        -DOWNERONLY_LIBRARY_DIRECTORY=lib/i386-linux-gnu/owneronly
}

if [ "${OWNERONLY_STAGE:-}" = both-classes ]; then
    unset OWNERONLY_STAGE
    mount -t overlay overlay "$build/root" \
        -o "lowerdir=$roots/debian-12:$roots/debian-12-i386,upperdir=$build/upper,workdir=$build/work"
    mount --bind "$roots/debian-12-i386" "$build/root/i386"
    exec "$here/in_root.sh" "$build/root" amd64 "$main_build" \
        bats --formatter tap /src/tests/portability/both_classes.bats
fi

[ "$(id -u)" = 0 ] || skip "needs root"
for system in debian-12 debian-12-i386; do
    [ -e "$roots/$system/complete" ] || skip "$system was not made by the tests before"
done
mkdir -p "$build"
set +e
(install_both) >"$build.log" 2>&1
status=$?
set -e
if [ "$status" != 0 ]; then
    tail -n 40 "$build.log"
    exit 1
fi
OWNERONLY_STAGE=both-classes exec unshare --mount "$0" "$main_build"
