#!/usr/bin/env bats
# Whose policy is believed: the file, every directory on its real path, and links (contract 502).
# SPDX-License-Identifier: Apache-2.0

load helper

setup() {
    common_setup
    cd "$work" || return
    mkdir etc
    printf '[r]\nmatch = *.json\n' >etc/policy
    chmod 644 etc/policy
}

# Runs touch(1) with the library and the policy, after a command that it is run under.
starts() {
    local file=$1
    shift
    rm -f started
    "$@" env "OWNERONLY_POLICY=$file" LD_PRELOAD="$preload" touch "$work/started" 2>"$work/stderr"
}

# It starts with the policy as it is, and no more once the command has been run, which is named in
# one line; nor does it with a policy that includes this one.
good_until() {
    local file=$1 line=$2
    shift 2
    starts "$file"
    "$@"
    run -125 starts "$file"
    [ ! -e started ]
    refusal_is "$file: $line"
    printf 'include %s\n' "$file" >includer
    run -125 starts "$work/includer"
    refusal_is "$file: $line, included in $work/includer:1"
    # Without the library nobody asks.
    OWNERONLY_POLICY=$file touch started
    [ -e started ]
}

refusal_is() {
    [ "$(cat "$work/stderr")" = "owneronly: $1" ] || {
        echo "said: $(cat "$work/stderr")"
        return 1
    }
}

open='is writable by group or others, who could put another file there'
others="is owned by another user; it must be root's or one's own"
lies='lies in a directory that others may write to; make one of its own for it'

@test "502: a file that others may write to, or that is another's" {
    good_until "$work/etc/policy" 'is writable by group or others; chmod go-w it' chmod o+w etc/policy
    chmod o-w etc/policy
    good_until "$work/etc/policy" 'is writable by group or others; chmod go-w it' chmod g+w etc/policy
    chmod g-w etc/policy
    need_root
    good_until "$work/etc/policy" "$others" chown 65534 etc/policy
}

@test "502: a directory on its path that others may write to, at any height" {
    mkdir -p a/b
    cp etc/policy a/b
    for mode in o+w g+w; do
        for directory in a/b a; do
            good_until "$work/a/b/policy" "$work/$directory $open" chmod $mode $directory
            chmod go-w $directory
        done
    done
    starts "$work/a/b/policy"
}

@test "502: a directory on its path that is another's" {
    need_root
    mkdir -p a/b
    cp etc/policy a/b
    good_until "$work/a/b/policy" "$work/a $others" chown 65534 a
}

@test "502: the path is the real one: links on it, and what they pass, are looked at" {
    mkdir -p good/real open
    cp etc/policy good/real
    ln -s real good/link
    ln -s ../good/./link/../link open/way
    ln -s "$work/open/way" etc/link
    good_until "$work/etc/link/policy" "$work/open $open" chmod o+w open
    chmod o-w open
    good_until "$work/etc/link/policy" "$work/good $open" chmod g+w good
    chmod g-w good
    # A path with dots and slashes is the same one.
    starts "$work//etc/./../etc/link//policy"
    good_until "$work/open/../etc/policy" "$work/open $open" chmod o+w open
    need_root
    chmod o-w open
    good_until "$work/etc/link/policy" "$work/etc/link $others" chown -h 65534 etc/link
}

@test "502: links without end, and into nothing" {
    ln -s loop loop
    run -125 starts "$work/loop"
    refusal_is "$work/loop: cannot be read: ELOOP"
    ln -s nothing dangling
    run -125 starts "$work/dangling"
    refusal_is "$work/dangling: cannot be read: ENOENT"
    run -125 starts "$work/etc/policy/"
    refusal_is "$work/etc/policy/: cannot be read: ENOTDIR"
    starts "$work/etc/policy"
}

@test "502: in a sticky directory a directory of one's own is good, a file or a link is not" {
    mkdir sticky sticky/own
    chmod 1777 sticky
    cp etc/policy sticky/own
    starts "$work/sticky/own/policy"
    cp etc/policy sticky
    run -125 starts "$work/sticky/policy"
    refusal_is "$work/sticky/policy: $lies"
    ln -s ../etc sticky/link
    run -125 starts "$work/sticky/link/policy"
    refusal_is "$work/sticky/link/policy: $work/sticky/link $lies"
    # The control: closed, all three are good.
    chmod 1755 sticky
    starts "$work/sticky/policy"
    starts "$work/sticky/link/policy"
    chmod 1777 sticky
    need_root
    good_until "$work/sticky/own/policy" "$work/sticky/own $others" chown 65534 sticky/own
}

@test "502: a process that may not read the policy is refused" {
    if [ "$(id -u)" = 0 ]; then
        other=(setpriv --reuid=65534 --regid=65534 --clear-groups)
        chmod 777 .
        chmod 755 etc
        mkdir sub
        chmod 1777 .
    else
        other=()
    fi
    starts "$work/etc/policy" "${other[@]}"
    chmod 600 etc/policy
    [ "$(id -u)" = 0 ] || chmod 000 etc/policy
    run -125 starts "$work/etc/policy" "${other[@]}"
    refusal_is "$work/etc/policy: cannot be read: EACCES"
    chmod 644 etc/policy
    chmod 700 etc
    [ "$(id -u)" = 0 ] || chmod 600 etc
    run -125 starts "$work/etc/policy" "${other[@]}"
    refusal_is "$work/etc/policy: cannot be read: EACCES"
}

@test "502: the system's policy and drop-ins are looked at in the same way" {
    need_mounts
    mkdir -p upper/owneronly.conf.d
    printf '[main]\nmatch = *.main\n' >upper/owneronly.conf
    printf '[ten]\nmatch = *.ten\n' >upper/owneronly.conf.d/10.conf
    touches() {
        column=with
        in_name_space "mount -t overlay overlay -o lowerdir=$work/upper:/etc /etc" touch "$work/started"
    }
    touches
    chmod g+w upper/owneronly.conf.d/10.conf
    run -125 touches
    refusal_is "/etc/owneronly.conf.d/10.conf: is writable by group or others; chmod go-w it"
    chmod g-w upper/owneronly.conf.d/10.conf
    chmod o+w upper/owneronly.conf.d
    run -125 touches
    refusal_is "/etc/owneronly.conf.d/10.conf: /etc/owneronly.conf.d $open"
    chmod o-w upper/owneronly.conf.d
    chown 65534 upper/owneronly.conf
    run -125 touches
    refusal_is "/etc/owneronly.conf: $others"
}

# A command in a user name space whose only user is the caller, uid 1000 outside, with a policy in
# /mnt, on a file system of its own, by the owner and mode that are given.
in_user_name_space() {
    local owner=$1 mode=$2 directory_mode=$3
    shift 3
    rm -f started
    chmod 1777 .
    unshare -m sh -c 'set -e
        mount -t tmpfs tmpfs /mnt
        cp etc/policy /mnt/policy
        chown "$1" /mnt/policy
        chmod "$2" /mnt/policy
        chmod "$3" /mnt
        shift 3
        exec setpriv --reuid=1000 --regid=1000 --clear-groups "$@"' sh "$owner" "$mode" "$directory_mode" \
        "$@" env OWNERONLY_POLICY=/mnt/policy LD_PRELOAD="$preload" touch "$work/started" 2>"$work/stderr"
}

need_user_name_spaces() {
    need_mounts
    setpriv --reuid=1000 --regid=1000 --clear-groups unshare -Ur true 2>/dev/null ||
        skip "users may make no user name spaces here"
}

@test "502: in a user name space without root, what shows the overflow id and can't be written is root's" {
    need_user_name_spaces
    in_user_name_space 0 644 755 unshare -Ur
    [ -e started ]
    in_user_name_space 0 644 755 unshare -Ur unshare -Ur
    [ -e started ]
    in_user_name_space 1000 644 755 unshare -Ur
    # The control: outside of one the overflow id is a user's own.
    run -125 in_user_name_space 65534 644 755
    refusal_is "/mnt/policy: $others"
}

@test "502: in a user name space, what others may write to is refused as elsewhere" {
    need_user_name_spaces
    run -125 in_user_name_space 0 666 755 unshare -Ur
    refusal_is "/mnt/policy: is writable by group or others; chmod go-w it"
    run -125 in_user_name_space 0 644 777 unshare -Ur
    refusal_is "/mnt/policy: /mnt $open"
    run -125 in_user_name_space 0 644 1777 unshare -Ur
    refusal_is "/mnt/policy: $others"
    [ ! -e started ]
}

@test "502: one's own policy below /tmp is good in a user name space, too" {
    need_user_name_spaces
    chmod 755 .
    chown 1000 etc
    mkdir etc/d
    cp etc/policy etc/d
    chown -R 1000 etc . 
    run -0 setpriv --reuid=1000 --regid=1000 --clear-groups unshare -Ur \
        env "OWNERONLY_POLICY=$work/etc/d/policy" LD_PRELOAD="$preload" touch started
    [ -e started ]
}
