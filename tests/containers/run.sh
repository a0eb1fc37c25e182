#!/bin/bash
# Runs a suite of this folder on a machine as it is after the package was installed: in name spaces of
# its own (mounts, processes, control groups, network), where the package lies over /usr and /etc, so
# that everything is gone when the suite ends, however that ends.
#
# Systems are kept in OWNERONLY_ROOTS, so they are fetched once.
#
# usage: run.sh BUILD_DIRECTORY SUITE
# SPDX-License-Identifier: Apache-2.0
set -euo pipefail

build=$1 suite=$2
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
roots=${OWNERONLY_ROOTS:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/owneronly/roots}

skip() {
    echo "ok 1 containers: $suite # skip $1"
    exit 0
}

# Lays the package over the directory $2 of this system.
lay_over() {
    local stage=$1 directory=$2
    mkdir -p "$stage/upper$directory" "$stage/work$directory"
    mount -t overlay overlay "$directory" -o \
        "lowerdir=$stage/package$directory:$directory,upperdir=$stage/upper$directory,workdir=$stage/work$directory"
}

# What may be locked is not more than it was: in bytes, twice.
memory_lock() {
    local limit
    limit=$(ulimit -H -l)
    [ "$limit" = unlimited ] && limit=-1 || limit=$((limit * 1024))
    echo "$limit:$limit"
}

# What makes podman's lines work as they stand, also where the limits are low, there is no network,
# and control groups are few.
configure_podman() {
    local stage=$1
    mkdir -p "$stage"/podman/{store,run,tmp}
    cat >"$stage/containers.conf" <<TEXT
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024", "memlock=$(memory_lock)"]
pids_limit = 0
netns = "none"
[engine]
cgroup_manager = "cgroupfs"
events_logger = "none"
runtime = "runc"
hooks_dir = ["/etc/containers/oci/hooks.d"]
TEXT
    cat >"$stage/storage.conf" <<TEXT
[storage]
driver = "overlay"
graphroot = "$stage/podman/store"
runroot = "$stage/podman/run"
TEXT
}

enter() {
    local stage=$1
    mount -t tmpfs tmpfs "$stage"
    mount -t proc proc /proc
    mount -t tmpfs -o mode=755 tmpfs /run
    # crun wants the new control groups alone; pods, where those have no controllers, what is there.
    if [ "$suite" != kubernetes ]; then
        umount -R /sys/fs/cgroup 2>/dev/null || true
        mount -t cgroup2 none /sys/fs/cgroup
    fi
    ip link set lo up 2>/dev/null || true
    mkdir "$stage/package"
    dpkg-deb -x "$build"/package/owneronly_*.deb "$stage/package"
    # A wheel is for who has no package.
    if [ "$suite" != wheel ]; then
        lay_over "$stage" /usr
        lay_over "$stage" /etc
    fi
    configure_podman "$stage"
    # Whatever the machine gives its programs is none of the containers'.
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME="$stage" TMPDIR="$stage/podman/tmp" LC_ALL=C.UTF-8 \
        CONTAINERS_CONF="$stage/containers.conf" CONTAINERS_STORAGE_CONF="$stage/storage.conf" \
        STAGE="$stage" ROOTS="$roots" IMAGE="$build/package/image" \
        DOCUMENTED="$build/package/documented" \
        bats --formatter tap "$here/$suite.bats" || status=$?
    # Which lines of the pages were run, for the suite "pages", which comes last.
    [ ! -e "$stage/documented" ] || cp "$stage/documented" "$build/package/documented.$suite"
    return "${status:-0}"
}

if [ "${OWNERONLY_STAGE:-}" = inside ]; then
    enter "$3"
    exit
fi

[ "$(id -u)" = 0 ] || skip "needs root"
for program in mmdebstrap dpkg-shlibdeps; do
    command -v "$program" >/dev/null || skip "$program is not installed"
done
name_spaces=(--mount --pid --cgroup --net --ipc --uts --fork --kill-child)
unshare "${name_spaces[@]}" true 2>/dev/null || skip "no private name spaces here"

systems=(site)
case $suite in
units | everything) systems=(units) ;;
clean) systems=(site clean-11 clean-12 clean-13) ;;
wheel | pages) systems=() ;;
esac
for system in "${systems[@]}"; do
    case $system in
    site) from=(bookworm "$roots/site" python3 procps) ;;
    units) from=(bookworm "$roots/units" python3 systemd-sysv dbus dbus-user-session libpam-systemd procps) ;;
    clean-11) from=(bullseye "$roots/clean-11") ;;
    clean-12) from=(bookworm "$roots/clean-12" podman runc jq) ;;
    clean-13) from=(trixie "$roots/clean-13" podman runc jq) ;;
    esac
    "$here/root.sh" "${from[@]}" || {
        grep -qE 'Could not resolve|Could not connect|Unable to fetch|Failed to fetch' \
            "$roots/$system.log" && skip "no network"
        exit 1
    }
done
"${here%/containers}/package.sh" "$build" >/dev/null
if command -v musl-gcc >/dev/null; then
    cmake --build "$build/package" --target image >"$build/package-image.log" 2>&1 || {
        tail -n 20 "$build/package-image.log"
        exit 1
    }
fi
# A system's packages, to be installed by debootstrap where there is no network.
if [ "$suite" = everything ] && command -v debootstrap >/dev/null && [ ! -e "$roots/packages.tar" ]; then
    mirror=$("${here%/containers}/mirror.sh")
    debootstrap --variant=minbase --make-tarball="$roots/packages.tar.new" bookworm "$roots/packages" "$mirror" \
        >"$roots/packages.log" 2>&1 || {
        tail -n 5 "$roots/packages.log"
        exit 1
    }
    # It wants to be told of the same one when it unpacks them.
    echo "$mirror" >"$roots/packages.mirror"
    mv "$roots/packages.tar.new" "$roots/packages.tar"
fi
if [ "$suite" = wheel ]; then
    /usr/bin/python3 -c 'import wheel, venv, ensurepip' 2>/dev/null || skip "no python3-wheel, or python3-venv"
    cmake --build "$build/package" --target wheel >"$build/package-wheel.log" 2>&1 || {
        tail -n 20 "$build/package-wheel.log"
        exit 1
    }
fi

stage=$(mktemp -d)
# podman's own group of control groups outlives the name space.
clean() {
    rmdir "$stage"
    find /sys/fs/cgroup -depth -path '*/libpod_parent*' -type d -exec rmdir {} + 2>/dev/null || true
}
trap clean EXIT
OWNERONLY_STAGE=inside setpriv --pdeathsig KILL unshare "${name_spaces[@]}" "$0" "$build" "$suite" "$stage"
