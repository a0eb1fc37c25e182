#!/bin/bash
# Runs a command in a root directory that root.sh made: with this checkout at /src, read-only, a
# build at /build, bats, /proc and /dev.  Every mount ends with the command.
#
# Programs of a foreign architecture run by qemu-user, which is registered for this command alone: in
# a user name space of its own (Linux 6.7 and newer), unless the machine has it registered.
#
# usage: in_root.sh ROOT ARCHITECTURE BUILD COMMAND [ARGUMENT...]
# SPDX-License-Identifier: Apache-2.0
set -euo pipefail

root=$1 architecture=$2 build=$3
shift 3
source_directory=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd -P)

runs_here() {
    chroot "$root" /bin/true 2>/dev/null
}

# ld.so(8) of the architecture, by its magic number: binfmt_misc, documented with the kernel.  F: the
# interpreter is opened now, and found in any root.
register_qemu() {
    mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc
    case $architecture in
    arm64)
        printf '%s' ':owneronly-aarch64:M::\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00:\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff:/usr/bin/qemu-aarch64-static:F' \
            >/proc/sys/fs/binfmt_misc/register
        ;;
    *) return 1 ;;
    esac
}

enter_root() {
    mkdir -p "$root"/{src,build,proc,dev} "$root/usr/lib/bats-core" "$root/usr/libexec/bats-core"
    touch "$root/usr/bin/bats"
    # So that it is a mount point inside, and programs there can have mounts of their own.
    mount --rbind "$root" "$root"
    mount --rbind /proc "$root/proc"
    mount --rbind /dev "$root/dev"
    mount --bind -o ro "$source_directory" "$root/src"
    mount --bind "$build" "$root/build"
    local part
    for part in bin/bats lib/bats-core libexec/bats-core; do
        mount --bind "/usr/$part" "$root/usr/$part"
    done
    local settings=(OWNERONLY_BUILD_DIR=/build)
    if [ -n "${OWNERONLY_LIBRARY:-}" ]; then
        touch "$root/library"
        mount --bind -o ro "$OWNERONLY_LIBRARY" "$root/library"
        settings+=(OWNERONLY_LIBRARY=/library)
    fi
    [ -z "${OWNERONLY_FIFOS:-}" ] || settings+=(OWNERONLY_EMULATED=yes)
    cd "$root"
    exec chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp LC_ALL=C.UTF-8 \
        "${settings[@]}" "$@"
}

# In a name space where root is root and everybody else is there, too.  Both sides wait for the other
# by a FIFO: the name space must be there before it can be mapped, and mapped before it is of use.
enter_user_name_space() {
    local fifos child status=0
    fifos=$(mktemp -d)
    mkfifo "$fifos/entered" "$fifos/mapped"
    OWNERONLY_FIFOS=$fifos unshare --user --mount "$0" "$root" "$architecture" "$build" "$@" <&0 &
    child=$!
    read -r _ <"$fifos/entered"
    echo 0 0 65536 >"/proc/$child/uid_map"
    echo 0 0 65536 >"/proc/$child/gid_map"
    echo >"$fifos/mapped"
    wait "$child" || status=$?
    rm -rf "$fifos"
    return "$status"
}

if [ -n "${OWNERONLY_FIFOS:-}" ]; then
    echo >"$OWNERONLY_FIFOS/entered"
    read -r _ <"$OWNERONLY_FIFOS/mapped"
    register_qemu
    enter_root "$@"
elif [ "${OWNERONLY_STAGE:-}" = mounts ]; then
    enter_root "$@"
elif runs_here; then
    OWNERONLY_STAGE=mounts exec unshare --mount "$0" "$root" "$architecture" "$build" "$@"
else
    enter_user_name_space "$@"
fi
