#!/bin/bash
# The unit tests and the suites of tests/integration in another system, with programs of its own.
#
# On x86-64 the library and the program beside it are those of BUILD_DIRECTORY, built here; the tests'
# own programs are built against the other system.  Systems are kept in OWNERONLY_ROOTS, so they are fetched once.
#
# usage: system.sh SYSTEM BUILD_DIRECTORY
# SPDX-License-Identifier: Apache-2.0
set -euo pipefail

system=$1 build=$2
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
source_directory=${here%/tests/portability}
roots=${OWNERONLY_ROOTS:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/owneronly/roots}
packages=(python3 acl attr strace jq bindfs fuse3 e2fsprogs procps util-linux perl binutils
    libcmocka-dev libc6-dev musl)
suites=(open links modes errno failures log policy_files processes threads untouched startup_cost
    wrapper)

case $system in
debian-11) suite=bullseye architecture=amd64 ;;
debian-12) suite=bookworm architecture=amd64 ;;
debian-13) suite=trixie architecture=amd64 ;;
debian-12-i386) suite=bookworm architecture=i386 toolchain=i386 ;;
debian-12-arm64)
    suite=bookworm architecture=arm64 toolchain=aarch64
    # qemu-user cannot trace.
    suites=(open links modes errno log policy_files processes threads wrapper)
    ;;
*)
    echo "${0##*/}: unknown system: $system" >&2
    exit 2
    ;;
esac
root=$roots/$system
programs=$build/portability/$system

skip() {
    echo "ok 1 portability: $system # skip $1"
    exit 0
}

in_root() {
    "$here/in_root.sh" "$root" "$architecture" "$programs" "$@"
}

[ "$(id -u)" = 0 ] || skip "needs root"
command -v debootstrap >/dev/null || skip "debootstrap is not installed"
"$here/root.sh" "$suite" "$architecture" "$root" "${packages[@]}" || {
    grep -q 'Failed getting release file' "$root.log" && skip "no network"
    exit 1
}

options=(-DOWNERONLY_WERROR=ON -DCMAKE_BUILD_TYPE=RelWithDebInfo "-DCMAKE_SYSROOT=$root")
if [ -n "${toolchain:-}" ]; then
    options+=(--toolchain "$source_directory/shim/toolchains/$toolchain.cmake")
else
    # The compiler looks beside itself first.
    libraries=$root/usr/lib/x86_64-linux-gnu
    options+=("-DCMAKE_EXE_LINKER_FLAGS=-B$libraries -L$libraries"
        "-DCMAKE_SHARED_LINKER_FLAGS=-B$libraries -L$libraries"
        -DCMAKE_FIND_ROOT_PATH_MODE_PROGRAM=NEVER)
    for kind in LIBRARY INCLUDE PACKAGE; do
        options+=("-DCMAKE_FIND_ROOT_PATH_MODE_$kind=ONLY")
    done
fi
mkdir -p "$programs"
if ! { cmake -S "$source_directory" -B "$programs" "${options[@]}" &&
    "$here/build_programs.sh" "$programs"; } >"$programs.log" 2>&1; then
    tail -n 40 "$programs.log"
    exit 1
fi
if [ -z "${toolchain:-}" ]; then
    export OWNERONLY_LIBRARY=$build/lib/owneronly/libowneronly.so
    cp "$build/libexec/owneronly/owneronly-inspect" "$programs/libexec/owneronly/"
fi

status=0
echo "# $system: $(in_root ldd --version | head -n 1), $architecture"
for path in "$programs"/tests/unit/test_*; do
    if [ -f "$path" ]; then
        # One of them wants to know where the presets are.
        in_root "/build/tests/unit/${path##*/}" /src/policy/presets || status=1
    fi
done
for name in "${suites[@]}"; do
    in_root bats --formatter tap "/src/tests/integration/$name.bats" || status=1
done
exit "$status"
