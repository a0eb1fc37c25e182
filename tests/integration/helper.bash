# What every suite loads: a directory, a runner, and the rule that a promise must be missed without
# the library.
#
# A test defines act() and holds() and calls both_ways.  act() runs programs through `subject`; it is
# called in a fresh directory without the library, where holds() must fail, and in another with it,
# where holds() must succeed.  A test whose control holds as well proves nothing, and fails.
#
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034

bats_require_minimum_version 1.5.0

F=client_api_config.json
PYTHON=/usr/bin/python3

common_setup() {
    umask 022
    unset LD_PRELOAD OWNERONLY_POLICY OWNERONLY_MATCH OWNERONLY_MODE OWNERONLY_LOG
    build=${OWNERONLY_BUILD_DIR:-$BATS_TEST_DIRNAME/../../build/debug}
    programs=$build/tests/integration/programs
    # Bats' own directories are closed to other users, and so may be the build's.
    work=$(mktemp -d /tmp/owneronly.XXXXXX)
    chmod 755 "$work"
    cp "${OWNERONLY_LIBRARY:-$build/lib/owneronly/libowneronly.so}" "$work/libowneronly.so"
    library=$work/libowneronly.so
    preload=${OWNERONLY_PRELOAD_FIRST:+$OWNERONLY_PRELOAD_FIRST:}$library
    settings=()
    column=
}

common_teardown() {
    cd /
    [ -z "${work:-}" ] || {
        chattr -R -i -a "$work" 2>/dev/null || true
        chmod -R u+rwX "$work"
        rm -rf "$work"
    }
}

setup() {
    common_setup
}

teardown() {
    common_teardown
}

# The policy on standard input, for what `subject` runs from now on.
policy() {
    cat >"$work/policy"
    settings+=("OWNERONLY_POLICY=$work/policy")
}

# Runs a program, preloaded if it is its turn; its standard error is kept in $work/stderr.
subject() {
    local environment=("${settings[@]}")
    add_preload
    env "${environment[@]}" "$@" 2>"$work/stderr"
}

# What this column's programs are preloaded with, into the caller's environment.
add_preload() {
    case $column in
    without) ;;
    lose | replace | fail | leave) environment+=("LD_PRELOAD=$work/libsaboteur.so" "SABOTAGE=$column"
        "SABOTAGE_BELOW=$work" "SABOTAGE_SAYS=$(declare -f holds | tr -d '\n')") ;;
    *) environment+=("LD_PRELOAD=$preload") ;;
    esac
}

# Inserts a program between `subject` and what it runs, which is not to be preloaded itself.
subject_under() {
    local count=$1
    shift
    local before=("${@:1:count}")
    shift "$count"
    local environment=("${settings[@]}")
    add_preload
    "${before[@]}" env "${environment[@]}" "$@" 2>"$work/stderr"
}

# Runs a program after `mounts`, shell commands, in a name space that takes their mounts with it.
in_name_space() {
    local mounts=$1
    shift
    subject_under 6 unshare -m sh -c "$mounts"' && exec "$@"' sh "$@"
}

# The assertions that holds() joins by '&&', a line each; as one where it is made otherwise.
assertions() {
    local body
    body=$(declare -f holds | sed '1,2d;$d' | tr -s ' \n' ' ')
    if [[ $body == *';'* || $body == *'||'* || $body == *'<<'* ]]; then
        printf '%s\n' "$body"
    else
        printf '%s\n' "${body// && /$'\n'}"
    fi
}

# Which assertions does the control make fail, and a library that breaks what ours keeps?  A line each
# into the file $OWNERONLY_CONTROLS: what nothing makes fail in a suite may be unable to (controls.sh).
tell_what_can_fail() {
    local sabotage status=$rc
    cp "$programs/libsaboteur.so" "$work"
    cp "$work/stderr" "$work/said" 2>/dev/null || : >"$work/said"
    cp -p "$work/log" "$work/logged" 2>/dev/null || rm -f "$work/logged"
    tell_each
    for sabotage in lose replace fail leave; do
        rm -rf --one-file-system "${work:?}/$sabotage" # of an earlier round
        mkdir "$work/$sabotage"
        cd "$work/$sabotage" || return
        rc=0
        column=$sabotage
        act_and_tell_in_time
    done
    column=without rc=$status
    cp "$work/said" "$work/stderr"
    rm -f "$work/log"
    [ ! -e "$work/logged" ] || mv "$work/logged" "$work/log"
    cd "$work/without" || return
}

# act(), and which assertions hold then.  What waits for something that the saboteur broke would wait for ever.
# What it mounted goes with it.
act_and_tell_in_time() {
    local tenths
    (
        act || rc=$((rc ? rc : $?))
        tell_each
        : >"$work/told"
    ) >/dev/null 2>&1 </dev/null 3>&- &
    for ((tenths = 0; tenths < 100; tenths++)); do
        kill -0 "$!" 2>/dev/null || break
        sleep 0.1
    done
    pkill -KILL -P "$!" || true
    kill -KILL "$!" 2>/dev/null || true
    wait "$!" || rc=$?
    [ -e "$work/told" ] || tell_each
    rm -f "$work/told"
    awk -v below="$PWD/" 'index($2, below) == 1 { print $2 }' /proc/self/mounts | sort -r |
        xargs -r umount -l 2>/dev/null || true
}

tell_each() {
    local assertion word
    while read -r assertion; do
        [ -n "$assertion" ] || continue
        word=failed
        if (eval "$assertion") >/dev/null 2>&1 </dev/null; then
            word=held
        fi
        printf '%s\t%s\t%s\t%s\n' "$word" "${BATS_TEST_FILENAME##*/}" "$assertion" \
            "$BATS_TEST_DESCRIPTION" >>"$OWNERONLY_CONTROLS"
    done < <(assertions)
}

both_ways() {
    local directory
    for column in without with; do
        directory=$work/$column
        mkdir "$directory"
        cd "$directory" || return
        rc=0
        act || rc=$((rc ? rc : $?))
        if [ "$column" = without ]; then
            [ -z "${OWNERONLY_CONTROLS:-}" ] || tell_what_can_fail
            if holds >/dev/null 2>&1; then
                echo "the control holds as well: this test proves nothing"
                return 1
            fi
        else
            holds || {
                echo "does not hold; the directory, and what was said:"
                ls -la
                cat "$work/stderr"
                return 1
            }
            nothing_is_left_behind
        fi
    done
}

# Every function of this libc that opens a file to write: programs/entry_points.c.
every_entry_point_both_ways() {
    local entries entry
    entries=$("$programs/entry_points" --list)
    [ "$(wc -w <<<"$entries")" -gt 20 ]
    for entry in $entries; do
        rm -rf "$work/without" "$work/with"
        act() { subject "$programs/entry_points" "$entry" "$F"; }
        holds() { mode_is 600 "$F" && content_is '["new"]' "$F"; }
        both_ways || {
            echo "entry point: $entry"
            return 1
        }
    done
}

# For what no control can show: act() and holds() with the library only.  reason: why.
only_with() {
    local reason=$1
    [ -n "$reason" ]
    column=with
    mkdir "$work/with"
    cd "$work/with" || return
    rc=0
    act || rc=$((rc ? rc : $?))
    holds || {
        ls -la
        cat "$work/stderr"
        return 1
    }
    nothing_is_left_behind
}

nothing_is_left_behind() {
    local left
    left=$(find "$work/with" -name '.owneronly-*')
    [ -z "$left" ] || {
        echo "left behind: $left"
        return 1
    }
}

mode_is() {
    [ "$(stat -c %a -- "$2")" = "$1" ]
}

content_is() {
    [ "$(cat -- "$2")" = "$1" ]
}

is_regular() {
    [ -f "$1" ] && [ ! -L "$1" ]
}

stderr_has() {
    grep -qE -- "$1" "$work/stderr"
}

# Where a test has OWNERONLY_LOG=$work/log.
log_has() {
    grep -qE -- "$1" "$work/log"
}

is_new_and_private() {
    is_regular "$F" && mode_is 600 "$F" && content_is '["new"]' "$F"
}

is_old_and_said_so() {
    content_is '["old"]' "$F" && stderr_has 'action=(refuse|discard) result=E'
}

no_acl_entries() {
    ! getfacl -cp -- "$1" | grep -qE '^(user|group):[^:]+:|^mask'
}

need_root() {
    [ "$(id -u)" = 0 ] || skip "needs root"
}

# What an emulator of another architecture does in its own way: /proc, traces, running programs.
need_native() {
    [ -z "${OWNERONLY_EMULATED:-}" ] || skip "not by an emulator"
}

# A private mount name space, which takes its mounts with it.
need_mounts() {
    need_root
    unshare -m true 2>/dev/null || skip "no private mounts here"
}

# Who is no root, so that permissions mean something; owns the current directory.
as_plain_user() {
    if [ "$(id -u)" = 0 ]; then
        chown -R 65534:65534 .
        subject_under 4 setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
    else
        subject "$@"
    fi
}

# python3 -c, with the imports that everything here needs.
python() {
    local code=$1
    shift
    subject "$PYTHON" -c "import errno, json, os, signal, sys
F = '$F'
$code" "$@"
}
