#!/usr/bin/env bats
# Hosts that share a file system, and do not see each other's locks (206): each reader sees one
# writer's whole document, and nothing is left behind.
#
# A second host is a second mount of the same mirror: it has a device number and locks of its own.
# Where two hosts have one file system that is not mounted twice (as NFS on two machines would look),
# the second one gets another boot id, by a mount over /proc/sys/kernel/random/boot_id.
#
# SPDX-License-Identifier: Apache-2.0

load helper

setup() {
    common_setup
    need_mounts
    [ -e /dev/fuse ] || skip "no FUSE here"
    settings=("OWNERONLY_MATCH=*.token")
    made_up=()
}

need() {
    command -v "$1" >/dev/null || skip "$1 is not installed"
}

# Writes COUNT documents of one letter each time, in several writes, from a directory, and goes on
# after an error of those that the file system is known to make up.
WRITER='
import errno, os, sys
letter, count, made_up = sys.argv[1].encode(), int(sys.argv[2]), sys.argv[3:]
for i in range(count):
    try:
        with open("f.token", "wb", buffering=0) as f:
            for part in range(8):
                f.write(letter * 1000)
    except OSError as e:
        if errno.errorcode[e.errno] in made_up: continue
        print(errno.errorcode[e.errno])
        sys.exit(1)'

# Reads until it is told to stop: says each kind of document that was not whole.
READER='
import os, sys
seen = set()
while not os.path.exists(sys.argv[2]):
    try:
        with open(sys.argv[1], "rb") as f: text = f.read()
    except OSError: continue
    whole = len(text) == 8000 and text.count(text[:1]) == 8000
    if not whole: seen.add("torn")
    else: seen.add(text[:1].decode())
print(*sorted(seen))'

# on_two_hosts FIRST SECOND SEEN [BOOT]: two directories, where the file is read, and the other boot id.
on_two_hosts() {
    local first=$1 second=$2 real=$3 boot=${4:-/proc/sys/kernel/random/boot_id} status=0
    rm -f stop
    "$PYTHON" -c "$READER" "$real" stop >seen &
    local reader=$!
    (cd "$first" && subject "$PYTHON" -c "$WRITER" a 60 "${made_up[@]}" >"$work/a") &
    local writer=$!
    (
        cd "$second" &&
            subject_under 6 unshare -m sh -c "mount --bind '$boot' /proc/sys/kernel/random/boot_id && exec \"\$@\"" sh \
                "$PYTHON" -c "$WRITER" b 60 "${made_up[@]}" >"$work/b"
    ) || status=1
    wait "$writer" || status=1
    touch stop
    wait "$reader"
    return "$status"
}

# A reader that began when there was nothing may have seen one writer only.
is_whole() {
    ! grep -q torn seen && [ -s seen ] && [ ! -s "$work/a" ] && [ ! -s "$work/b" ]
}

# two_mounts MOUNT: a function of the backing directory and a mount point.
two_mounts() {
    local mount=$1
    local seen=${2:-real/f.token}
    act() {
        mkdir real one two
        "$mount" real one && "$mount" real two || return
        on_two_hosts one two "$seen" || true
        ls -A one >left 2>&1
        stat -c %a one/f.token >mode
        fusermount3 -qu two || umount two
        fusermount3 -qu one || umount one
    }
    holds() {
        is_whole && content_is f.token left && content_is 600 mode &&
            [ "$(find real -type f ! -name 'gocryptfs.*' | wc -l)" = 1 ]
    }
    both_ways
}

@test "206: two mounts of one bindfs" {
    need bindfs
    mount_it() { bindfs "$1" "$2"; }
    two_mounts mount_it
}

@test "206: two mounts of one mergerfs" {
    need mergerfs
    mount_it() { mergerfs -o cache.files=off "$PWD/$1" "$2" >/dev/null; }
    two_mounts mount_it
}

@test "206: two mounts of one gocryptfs -sharedstorage" {
    need gocryptfs
    mount_it() {
        [ -e "$1/gocryptfs.conf" ] || gocryptfs -q -init -scryptn 10 -extpass 'echo secret' "$1" >/dev/null
        gocryptfs -q -sharedstorage -extpass 'echo secret' "$1" "$2" >/dev/null
    }
    two_mounts mount_it two/f.token
}

# It replaces a file in two steps, so a plain rename(2) fails now and then where two mounts replace one file.
@test "206: two mounts of one fuse-overlayfs" {
    need fuse-overlayfs
    made_up=(ENOENT EINVAL)
    mount_it() {
        mkdir -p lower "work.$2"
        fuse-overlayfs -o "lowerdir=lower,upperdir=$1,workdir=work.$2" "$2" >/dev/null 2>&1
    }
    two_mounts mount_it
}

@test "206: two mounts of one sshfs" {
    need sshfs
    [ -x /usr/lib/openssh/sftp-server ] || skip "sftp-server is not installed"
    # The server's end by a pipe, without a network: sshfs(1), passive.
    mount_it() {
        printf '#!/bin/sh\nexec /usr/lib/openssh/sftp-server\n' >server
        chmod +x server
        sshfs -o "ssh_command=$PWD/server,directport=0" "host:$PWD/$1" "$2" >/dev/null 2>&1 ||
            sshfs -o "ssh_command=$PWD/server" "host:$PWD/$1" "$2"
    }
    two_mounts mount_it
}

@test "206: another boot id on one file system" {
    act() {
        mkdir shared
        cat /proc/sys/kernel/random/uuid >boot
        on_two_hosts shared shared shared/f.token "$PWD/boot" || true
        ls -A shared >left
    }
    holds() { is_whole && content_is f.token left && mode_is 600 shared/f.token; }
    both_ways
}

# Killed while its hidden name is there: the file system has no O_TMPFILE.
@test "206: what another host left stays, and what this one left is removed by its next write" {
    need bindfs
    mkdir "$work/with"
    cd "$work/with"
    column=with
    mkdir real one two
    bindfs real one
    bindfs real two
    half() {
        (cd "$1" && subject "$PYTHON" -c 'import os, signal
f = open("f.token", "w"); f.write("half"); f.flush(); os.kill(os.getpid(), signal.SIGKILL)') || true
    }
    half one
    [ "$(find real -name '.owneronly-*' | wc -l)" = 1 ]
    (cd two && subject sh -c 'echo whole >f.token')
    left=$(find real -name '.owneronly-*' | wc -l)
    (cd one && subject sh -c 'echo whole >f.token')
    after=$(find real -name '.owneronly-*' | wc -l)
    umount two one
    [ "$left" = 1 ] && [ "$after" = 0 ]
    content_is whole real/f.token
}
