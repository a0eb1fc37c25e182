#!/bin/bash
# Runs launchers.bats in the system that root.sh made, in name spaces of its own: process
# identifiers, so that every daemon ends with the suite, however that ends; mounts, with an overlay
# that takes every change of a file with it; the network, which is nothing but loopback; and the
# host's name.
#
# Systems are kept in OWNERONLY_ROOTS, so they are fetched once.
#
# usage: run.sh BUILD_DIRECTORY
# SPDX-License-Identifier: Apache-2.0
set -euo pipefail

build=$1
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
source_directory=${here%/tests/launchers}
root=${OWNERONLY_ROOTS:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/owneronly/roots}/launchers

skip() {
    echo "ok 1 launchers # skip $1"
    exit 0
}

# The upper layer of an overlay can't lie on one, as /tmp may.
enter_overlay() {
    local stage=$1 system=$1/system part
    mount -t tmpfs tmpfs "$stage"
    mkdir "$stage/upper" "$stage/work" "$system"
    mount -t overlay -o "lowerdir=$root,upperdir=$stage/upper,workdir=$stage/work" overlay "$system"
    mkdir -p "$system"/{src,build} "$system"/usr/{lib,libexec}/bats-core
    touch "$system/usr/bin/bats"
    mount -t proc proc "$system/proc"
    mount --rbind /dev "$system/dev"
    mount -t devpts -o newinstance,ptmxmode=0666 devpts "$system/dev/pts"
    mount -t tmpfs tmpfs "$system/tmp"
    chmod 1777 "$system/tmp"
    mount -t tmpfs -o mode=755 tmpfs "$system/run"
    mount --bind -o ro "$source_directory" "$system/src"
    mount --bind -o ro "$build" "$system/build"
    for part in bin/bats lib/bats-core libexec/bats-core; do
        mount --bind -o ro "/usr/$part" "$system/usr/$part"
    done
    echo node >/proc/sys/kernel/hostname
    printf '%s\n' '127.0.0.1 localhost' '10.0.0.1 node far' >"$system/etc/hosts"
    chroot "$system" ip link set lo up
    # Names are resolved only where there is an address beside 127.0.0.1.
    chroot "$system" ip address add 10.0.0.1/32 dev lo
}

# As the first process of its name space: when it ends, so does every other.
if [ "${OWNERONLY_STAGE:-}" = inside ]; then
    enter_overlay "$2"
    cd "$2/system"
    # Not by exec: the first process collects the daemons' dead children, and bats might not.
    chroot . /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
        bats --formatter tap /src/tests/launchers/launchers.bats
    exit
fi

[ "$(id -u)" = 0 ] || skip "needs root"
command -v debootstrap >/dev/null || skip "debootstrap is not installed"
name_spaces=(--mount --pid --net --ipc --uts --fork --kill-child)
unshare "${name_spaces[@]}" true 2>/dev/null || skip "no private name spaces here"
"$here/root.sh" "$root" || {
    grep -qE 'Failed getting release file|Unable to fetch' "$root.log" && skip "no network"
    exit 1
}
"${here%/launchers}/package.sh" "$build" >/dev/null
stage=$(mktemp -d)
trap 'rmdir "$stage"' EXIT
# Killed with this script, should that be killed.
OWNERONLY_STAGE=inside setpriv --pdeathsig KILL unshare "${name_spaces[@]}" "$0" "$build" "$stage"
