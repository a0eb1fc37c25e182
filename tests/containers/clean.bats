#!/usr/bin/env bats
# The package in clean systems, as a new user would: installed, tried, a container protected, removed.
# The transcripts are kept beside the package.
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2034,SC2086,SC2154,SC2164

load containers

# Runs a command where the system is the root, not by chroot(2), inside of which there are no user
# name spaces.  The layers take all changes with them.
in_system() {
    local system=$1
    shift
    mkdir -p "$STAGE/$system"/{upper,work,root}
    # shellcheck disable=SC2016 # the inner shell's
    unshare -m bash -euc '
        system=$1 site=$2 && shift 2
        cd "$STAGE/$system"
        mount -t overlay overlay root -o "lowerdir=$ROOTS/$system,upperdir=upper,workdir=work"
        cd root
        cp "$IMAGE"/../owneronly_*.deb srv/
        cp '"$BATS_TEST_DIRNAME"'/new_user srv/
        mkdir -p old
        mount --bind "$site" mnt
        mount -t tmpfs tmpfs tmp
        mkdir -p var/lib/containers
        mount -t tmpfs tmpfs var/lib/containers
        mount --rbind /proc proc
        mount --rbind /sys sys
        mount --rbind /dev dev
        cp "$CONTAINERS_CONF" tmp/containers.conf
        pivot_root . old
        umount -l /old
        cd /
        exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
            CONTAINERS_CONF=/tmp/containers.conf DEBIAN_FRONTEND=noninteractive "$@"' bash "$system" "$ROOTS/site" "$@"
}

# The transcript, kept, and what a line of it said.
tried() {
    in_system "$1" /srv/new_user >"$IMAGE/../transcript-$1.txt" 2>&1
    cp "$IMAGE/../transcript-$1.txt" "$STAGE/transcript"
}

answer() {
    awk -v line="\$ $1" 'index($0, line) == 1 { on = 1; next } /^\$ / { on = 0 } on' "$STAGE/transcript"
}

installs_works_and_goes() {
    [[ $(answer 'owneronly --version') == "owneronly "* ]]
    [[ $(answer /usr/lib/owneronly/libowneronly.so) == "owneronly "*"glibc 2.17"* ]]
    [[ $(answer 'owneronly doctor') == *"ok: proof: "* ]]
    [[ $(answer 'owneronly doctor') != *FAILED* ]]
    [ "$(answer /srv/site/job)" = 'mode 644' ]
    [ "$(answer 'owneronly /srv/site/job')" = 'mode 600' ]
    [ "$(answer 'LD_PRELOAD=')" = 'mode 600' ]
    [[ $(answer 'owneronly audit --fix /tmp') == *client_api_config.json* ]]
    [ -z "$(answer 'find /usr /etc')" ] || { answer 'find /usr /etc'; return 1; }
}

protects_a_container() {
    [ "$(answer 'podman run --rm site')" = 'mode 644' ]
    [ "$(answer 'podman run --rm -v /usr/lib/owneronly:/usr/lib/owneronly:ro -e')" = 'mode 600' ]
    [ "$(answer 'podman run --rm -v /usr/lib/owneronly:/usr/lib/owneronly:ro -v')" = 'mode 600' ]
}

@test "a clean Debian 11: installed, works, removed" {
    tried clean-11
    installs_works_and_goes
}

@test "a clean Debian 12: installed, works, protects a container, removed" {
    tried clean-12
    installs_works_and_goes
    protects_a_container
}

@test "a clean Debian 13: installed, works, protects a container, removed" {
    tried clean-13
    installs_works_and_goes
    protects_a_container
}
