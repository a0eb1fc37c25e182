#!/usr/bin/env bats
# A process that changes who or where it is between open and close: promises 1 and 4, contract 201, 205, 311.
# See programs/between.c.
# SPDX-License-Identifier: Apache-2.0

load helper
load tally

setup() {
    common_setup
    cp "$programs/between" "$work"
}

# A rule with this value of its key publish.
publish_at() {
    printf '[rule]\nmatch = %s\npublish = %s\n' "$F" "$1" >"$work/policy"
    settings=("OWNERONLY_POLICY=$work/policy")
}

@test "promises 1 and 4: a process that changes between open and close publishes, or says why not" {
    cases() {
        local change
        for change in $("$work/between" --list); do
            printf '%s\n' "$change":{old,absent}:{open,closed}
        done
    }
    try() {
        local change target directory
        IFS=: read -r change target directory <<<"$1"
        [ "$directory" = closed ] || chmod 777 .
        [ "$target" = absent ] || echo '["old"]' >"$F"
        subject "$work/between" "$change" "$F" >answer || true
        case $change in
        # Who gave up root may not link root's file: fs.protected_hardlinks, proc(5).
        drop_user | drop_effective | shut_in)
            if content_is ok answer; then
                is_new_and_private
            elif [ "$target" = absent ]; then
                stderr_has 'action=discard result=E' && [ ! -e "$F" ] && grep -q '^close: E' answer
            else
                is_old_and_said_so && grep -q '^close: E' answer
            fi
            ;;
        *) content_is ok answer && is_new_and_private ;;
        esac
    }
    tally "changes between open and close"
}

@test "201 205: chroot(2) between open and close publishes, also from where neither file nor /proc has a name" {
    need_root
    cases() { printf '%s\n' change_root{,_away}:{close,open}:{old,absent}; }
    try() {
        local change publish target
        IFS=: read -r change publish target <<<"$1"
        publish_at "$publish"
        [ "$target" = absent ] || echo '["old"]' >"$F"
        subject "$work/between" "$change" "$F" >answer && content_is ok answer && is_new_and_private
    }
    tally "chroot between open and close"
}

@test "201 202: chroot(2) between open and close, with a hidden name, where the file system has no O_TMPFILE" {
    need_mounts
    command -v bindfs >/dev/null || skip "bindfs is not installed"
    cases() { printf '%s\n' change_root{,_away}:{old,absent}; }
    try() {
        mkdir real mirror
        [ "${1#*:}" = absent ] || echo '["old"]' >"real/$F"
        bindfs real mirror
        (cd mirror && subject "$work/between" "${1%:*}" "$F" >../answer)
        umount mirror
        content_is ok answer && cd real && is_new_and_private
    }
    tally "chroot between open and close, hidden name"
}

@test "202 208: removed while it is open, and the next program inherits it: no hidden name stays, where there is no O_TMPFILE" {
    need_mounts
    command -v bindfs >/dev/null || skip "bindfs is not installed"
    act() {
        mkdir real mirror
        bindfs real mirror
        (cd mirror && subject "$PYTHON" -c 'import os, sys
fd = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT); os.set_inheritable(fd, True); os.write(fd, b"secret")
os.unlink(sys.argv[1]); os.execvp("true", ["true"])' "$F") || rc=$?
        umount mirror
    }
    holds() { [ "$rc" -eq 0 ] && [ -z "$(ls -A real)" ] && stderr_has 'action=discard result=ok'; }
    settings+=(OWNERONLY_LOG=stderr)
    both_ways
}

@test "311: who gives up root between open and close can't publish, and where the rule says publish = open need not" {
    need_root
    cases() { printf '%s\n' {drop_user,drop_effective,shut_in}:{close,open}:{old,absent}; }
    try() {
        local change publish target
        IFS=: read -r change publish target <<<"$1"
        publish_at "$publish"
        [ "$target" = absent ] || echo '["old"]' >"$F"
        subject "$work/between" "$change" "$F" >answer || true
        if [ "$publish" = open ]; then
            content_is ok answer && is_new_and_private && [ ! -s "$work/stderr" ]
        # Without a close that fails, it was linked all the same.
        elif [ "$(cat /proc/sys/fs/protected_hardlinks)" = 0 ] && content_is ok answer; then
            is_new_and_private
        else
            grep -q '^close: E' answer && stderr_has 'action=discard result=E' &&
                if [ "$target" = old ]; then is_old_and_said_so; else [ ! -e "$F" ]; fi
        fi
    }
    tally "root given up between open and close"
}
