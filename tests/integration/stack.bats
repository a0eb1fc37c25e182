#!/usr/bin/env bats
# Contract 207: how much stack the library takes, and that small stacks do.  See programs/stack.c.
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2034,SC2154

load helper

OPEN_MAX=6144
EXEC_MAX=8192

setup() {
    common_setup
    [ -z "${OWNERONLY_PRELOAD_FIRST:-}" ] || skip "not with a sanitizer's run time"
    need_native
    cd "$work" || return
}

# The figures are of a release.
need_release() {
    grep -q 'CMAKE_BUILD_TYPE:STRING=RelWithDebInfo' "$build/CMakeCache.txt" || skip "not a release"
}

# used CALL FILE: bytes of stack.
used() {
    local program=/bin/true
    [ "$1" != exec-early ] || program=$work/foreign
    subject "$programs/stack" "$1" "$2" "$program"
}

# A program for a machine that no kernel is for: what is pending is published before it (304).
make_foreign() {
    cp /bin/true foreign
    printf '\xff\xff' | dd of=foreign bs=1 seek=18 conv=notrunc status=none
}

prepare_names() {
    mkdir -p files links
    printf '["old"]' >"files/$F"
    ln -sf "../files/$F" "links/$F"
}

# take_at_most MAX CALL...: with each rule, by the file's name and by a link's.
take_at_most() {
    local max=$1 call file bytes
    shift
    settings+=("OWNERONLY_LOG=$work/log")
    for rule in "$F" "$work/**/$F"; do
        printf '[rule]\nmatch = %s\ncontent = json\nsymlink = follow\n' "$rule" >policy
        for call in "$@"; do
            for file in "files/$F" "links/$F"; do
                prepare_names
                column=with bytes=$(OWNERONLY_POLICY=$work/policy used "$call" "$file")
                echo "# $call of $file by the rule ${rule/$work/...}: $bytes bytes of stack" >&3
                grep -qE 'action=(publish|discard)' log || return 1
                [ "$bytes" -gt 500 ] && [ "$bytes" -le "$max" ] || return 1
            done
        done
    done
}

@test "207: what takes more stack than is allowed is seen" {
    column=without
    [ "$(used much file)" -gt "$EXEC_MAX" ]
    [ "$(used open file)" -lt 500 ]
}

@test "207: a redirected open or close takes at most 6 kB of stack" {
    need_release
    take_at_most "$OPEN_MAX" open update append close fopen fclose truncate
}

@test "207: an exec with a pending file takes at most 8 kB of stack" {
    need_release
    make_foreign
    take_at_most "$EXEC_MAX" exec exec-early
}

is_written() {
    [ "$rc" = 0 ] && content_is '["whole"]' "$F" && mode_is 600 "$F"
}

@test "207: a thread with a stack of 16 kB writes a protected file" {
    act() { subject "$programs/stack" thread "$F" || rc=$?; }
    holds() { is_written; }
    both_ways
}

@test "207: a handler on a signal stack of 8 kB writes a protected file" {
    act() { subject "$programs/stack" signal "$F" || rc=$?; }
    holds() { is_written; }
    both_ways
}
