#!/usr/bin/env bats
# Runtimes without an engine: runc and crun by a bundle, bubblewrap, systemd-nspawn, Charliecloud;
# podman without root.
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2034,SC2086,SC2154,SC2164

load containers

setup_file() {
    common_setup_file
    # In a place that every user may look into, and by the name that owneronly(7) uses.
    mkdir -p "$STAGE/root.upper" "$STAGE/root.work" "$STAGE/srv/root"
    mount -t overlay overlay "$STAGE/srv/root" \
        -o "lowerdir=$ROOTS/site,upperdir=$STAGE/root.upper,workdir=$STAGE/root.work"
    mkdir -p "$STAGE/srv/root/usr/lib/owneronly"
    mount --rbind "$STAGE/srv" /srv
    chmod 755 "$STAGE"
}

# A bundle of the runtime's own making, with the job as its command.  $3: its first variable.
bundle() {
    local runtime=$1 directory=$2 variable=$3 mounts=$4
    mkdir -p "$directory"
    (cd "$directory" && "$runtime" spec)
    jq --arg variable "$variable" --argjson mounts "$mounts" --arg root /srv/root '
        .process.terminal = false | .process.args = ["/srv/site/job"] |
        .process.env = [$variable] + .process.env | .process.rlimits = [] |
        .root = {path: $root, readonly: false} |
        .linux.resources = {} | .linux.maskedPaths = [] |
        .mounts |= map(select(.type != "cgroup")) + $mounts' \
        "$directory/config.json" >"$directory/new"
    mv "$directory/new" "$directory/config.json"
}

directory='[{"type": "bind", "source": "/usr/lib/owneronly", "destination": "/usr/lib/owneronly", "options": ["bind", "ro"]}]'

@test "runc" {
    need runc
    need jq
    bundle runc with "LD_PRELOAD=$library" "$directory"
    bundle runc without "NO_PRELOAD=$library" "$directory"
    held "cd with && runc run with"
    exposed "cd without && runc run without"
}

@test "runc: as uid 1000 in a user name space" {
    need runc
    need jq
    bundle runc user "LD_PRELOAD=$library" "$directory"
    # Root is root, and everybody else is there.
    jq '.linux.namespaces += [{type: "user"}] | .process.user = {uid: 1000, gid: 1000} |
        .linux.uidMappings = [{containerID: 0, hostID: 0, size: 65536}] |
        .linux.gidMappings = .linux.uidMappings' user/config.json >user/new
    mv user/new user/config.json
    held "cd user && runc run user"
    sed -i 's/"LD_PRELOAD=/"NO_PRELOAD=/' user/config.json
    exposed "cd user && runc run user2"
}

@test "crun" {
    need crun
    need jq
    bundle crun crun-with "LD_PRELOAD=$library" "$directory"
    bundle crun crun-without "NO_PRELOAD=$library" "$directory"
    held "cd crun-with && crun --cgroup-manager=disabled run with"
    exposed "cd crun-without && crun --cgroup-manager=disabled run without"
}

@test "bubblewrap, as root and without" {
    need bwrap
    line='bwrap --bind /srv/root / --dev /dev --proc /proc --ro-bind /usr/lib/owneronly /usr/lib/owneronly --setenv LD_PRELOAD /usr/lib/owneronly/libowneronly.so /srv/site/job'
    held_as_documented "$line"
    # A user's own name space, where root is not mapped.
    plain='setpriv --reuid=1000 --regid=1000 --clear-groups'
    held "$plain $line"
    control "$plain $line"
}

@test "502: bubblewrap, without root: a policy of the node's root" {
    need bwrap
    # What the policy includes is mounted as well.
    mkdir -p /srv/root/usr/share/owneronly
    touch /srv/root/etc/owneronly.conf
    cp /etc/owneronly.conf loose.conf
    chmod 666 loose.conf
    line='setpriv --reuid=1000 --regid=1000 --clear-groups bwrap --bind /srv/root / --dev /dev --proc /proc --ro-bind /usr/lib/owneronly /usr/lib/owneronly --ro-bind /usr/share/owneronly /usr/share/owneronly --ro-bind /etc/owneronly.conf /etc/owneronly.conf --setenv LD_PRELOAD /usr/lib/owneronly/libowneronly.so /srv/site/job'
    held "$line"
    control "$line"
    run bash -c "${line/--ro-bind \/etc\/owneronly.conf/--ro-bind loose.conf}"
    [ "$status" = 125 ]
    [[ $output == *"/etc/owneronly.conf: is writable by group or others"* ]]
    rm /srv/root/etc/owneronly.conf
}

@test "systemd-nspawn" {
    need systemd-nspawn
    held_as_documented 'systemd-nspawn -q --register=no --keep-unit -D /srv/root --bind-ro=/usr/lib/owneronly --setenv=LD_PRELOAD=/usr/lib/owneronly/libowneronly.so /srv/site/job'
}

@test "Charliecloud, without root" {
    need ch-run
    line='ch-run -w --bind /usr/lib/owneronly --set-env=LD_PRELOAD=/usr/lib/owneronly/libowneronly.so /srv/root -- /srv/site/job'
    documented "$line"
    chmod 1777 /srv/root/tmp
    # It wants the current and temporary directory, and a home, to be its user's.
    plain='setpriv --reuid=1000 --regid=1000 --clear-groups env -C / USER=site HOME=/ TMPDIR=/tmp'
    run bash -c "$plain ch-run -w /srv/root -- true"
    [ "$status" = 0 ] || skip "ch-run cannot run here: $output"
    held "$plain $line"
    control "$plain $line"
}
