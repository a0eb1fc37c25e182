#!/bin/bash
# A clean clone, built, tested and packaged in another release by its own compiler and tools.
#
# Systems are kept in OWNERONLY_ROOTS, so they are fetched once.
#
# usage: native.sh SUITE
# SPDX-License-Identifier: Apache-2.0
set -euo pipefail

suite=$1
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
source_directory=${here%/tests/portability}
root=${OWNERONLY_ROOTS:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/owneronly/roots}/native-$suite
# shellcheck source=scripts/setup.sh
. "$source_directory/scripts/setup.sh"
# Without the largest, for want of which tests are skipped visibly.
mapfile -t packages < <(printf '%s\n' "${packages_to_build[@]}" "${packages_to_test[@]}" |
    grep -vxE 'clang|llvm|libclang-rt-dev|clang-format|clang-tidy|shellcheck|valgrind|g\+\+|ruby|php-cli|fish|heaptrack|gocryptfs|wget')
packages+=(file)

skip() {
    echo "ok 1 portability: native, $suite # skip $1"
    exit 0
}

# Where the system is the root, not by chroot(2), inside of which there are no user name spaces.
enter() {
    local stage=$1
    # A copy, not layers: the tests have layers of their own, which want a plain file system below.
    cp -a "$root" "$stage/root"
    mount --bind "$stage/root" "$stage/root"
    cd "$stage/root"
    mkdir -p old src
    tar -C "$source_directory" --exclude=./build --exclude=./.git -c . | tar -x -C src --no-same-owner
    mount -t proc proc proc
    mount --rbind /sys sys
    mount --rbind /dev dev
    pivot_root . old
    umount -l /old
    cd /src
    # shellcheck disable=SC2016 # the inner shell's
    exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 bash -euc '
        cmake --preset release >/tmp/log && cmake --build build/release -j "$(nproc)" >>/tmp/log 2>&1 ||
            { tail -n 40 /tmp/log; exit 1; }
        echo "# $(gcc --version | head -n 1), $(ldd --version | head -n 1)"
        ctest --test-dir build/release -j "$(nproc)" -LE long --output-on-failure
        ctest --test-dir build/release -R integration.packages --output-on-failure'
}

if [ "${OWNERONLY_STAGE:-}" = inside ]; then
    enter "$2"
fi

[ "$(id -u)" = 0 ] || skip "needs root"
command -v mmdebstrap >/dev/null || skip "mmdebstrap is not installed"
name_spaces=(--mount --pid --fork --kill-child)
unshare "${name_spaces[@]}" true 2>/dev/null || skip "no private name spaces here"
"${here%/portability}/containers/root.sh" "$suite" "$root" "${packages[@]}" || {
    grep -qE 'Could not resolve|Could not connect|Unable to fetch|Failed to fetch' "$root.log" &&
        skip "no network"
    exit 1
}
stage=$(mktemp -d "$root.XXXXXX")
trap 'rm -rf --one-file-system "$stage"' EXIT
OWNERONLY_STAGE=inside setpriv --pdeathsig KILL unshare "${name_spaces[@]}" "$0" "$suite" "$stage"
