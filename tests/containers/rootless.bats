#!/usr/bin/env bats
# podman without root: a user of this machine with identifiers of its own to give away.
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2034,SC2086,SC2154,SC2164

load containers

user=(setpriv --reuid=1000 --regid=1000 --clear-groups)

setup_file() {
    common_setup_file
    command -v podman >/dev/null || return 0
    chmod 755 "$STAGE"
    getent passwd 1000 >/dev/null || useradd -u 1000 -U -d "$STAGE/home" site
    name=$(id -nu 1000)
    printf '%s:100000:65536\n' "$name" >/etc/subuid
    cp /etc/subuid /etc/subgid
    mkdir -p "$STAGE"/{home,run-1000}
    cat >"$STAGE/home/storage.conf" <<TEXT
[storage]
driver = "vfs"
TEXT
    sed -e 's/runc/crun/' -e '/hooks_dir/d' -e '/default_ulimits/d' -e 's/^pids_limit.*/cgroups = "disabled"/' "$CONTAINERS_CONF" >"$STAGE/home/containers.conf"
    chown -R 1000:1000 "$STAGE/home" "$STAGE/run-1000"
    chmod 700 "$STAGE/run-1000"
    tar -C "$ROOTS/site" -c . >"$STAGE/site.tar"
    rootless podman import -q "$STAGE/site.tar" localhost/site >"$STAGE/import" 2>&1 || true
    rm -f "$STAGE/site.tar"
}

rootless() {
    (cd "$STAGE/home" && "${user[@]}" env HOME="$STAGE/home" XDG_RUNTIME_DIR="$STAGE/run-1000" \
        TMPDIR="$STAGE/home" CONTAINERS_CONF="$STAGE/home/containers.conf" \
        CONTAINERS_STORAGE_CONF="$STAGE/home/storage.conf" "$@")
}

setup() {
    need podman
    need crun
    need newuidmap
    cd "$STAGE"
    runtime=$BATS_TEST_DESCRIPTION
    rootless podman image exists localhost/site || skip "podman cannot run without root here: $(tail -n 1 "$STAGE/import")"
    export -f rootless
    declare -p user >"$STAGE/user"
}

# Lines are run by a shell of their own.
as_user() {
    printf '. %q; rootless %s' "$STAGE/user" "$1"
}

shared='-v /usr/lib/owneronly:/usr/lib/owneronly:ro -e LD_PRELOAD=/usr/lib/owneronly/libowneronly.so'

@test "rootless podman: root in the container" {
    held "$(as_user "podman run --rm $shared site /srv/site/job")"
    control "$(as_user "podman run --rm $shared site /srv/site/job")"
}

@test "rootless podman: --userns=keep-id" {
    held "$(as_user "podman run --rm --userns=keep-id $shared site /srv/site/job")"
    control "$(as_user "podman run --rm --userns=keep-id $shared site /srv/site/job")"
}

@test "rootless podman: --user, and a volume of that user" {
    mkdir -p home/data
    chown 1000:1000 home/data
    line="podman run --rm --user 33 -v $STAGE/home/data:/data:U -e JOB_DIRECTORY=/data $shared site /srv/site/job"
    held "$(as_user "$line")"
    control "$(as_user "$line")"
}

@test "rootless podman: the container's own ld.so.preload" {
    list='-v /usr/lib/owneronly:/usr/lib/owneronly:ro -v /usr/lib/owneronly/ld.so.preload:/etc/ld.so.preload:ro'
    held "$(as_user "podman run --rm $list site env -i /srv/site/job")"
    exposed "$(as_user "podman run --rm site env -i /srv/site/job")"
}

@test "502: rootless podman: a policy of the node's root, in every name space of users" {
    policy='-v /usr/share/owneronly:/usr/share/owneronly:ro -v /etc/owneronly.conf:/etc/owneronly.conf:ro'
    mkdir -p home/others
    chown 1000:1000 home/others
    for users in '' --userns=keep-id "--user 33 -v $STAGE/home/others:/data:U -e JOB_DIRECTORY=/data"; do
        held "$(as_user "podman run --rm $users $policy $shared site /srv/site/job")"
        control "$(as_user "podman run --rm $users $policy $shared site /srv/site/job")"
    done
    # That policy it is which is read: one that others may write to stops every program.
    cp /etc/owneronly.conf loose.conf
    chmod 666 loose.conf
    run bash -c "$(as_user "podman run --rm -v $STAGE/loose.conf:/etc/owneronly.conf:ro $shared site /srv/site/job")"
    [ "$status" = 125 ]
    [[ $output == *"/etc/owneronly.conf: is writable by group or others"* ]]
}
