#!/usr/bin/env bats
# Contract 306: a vfork(2) child that opens a protected name itself, as the csh of BSD lets it do for
# `cmd > file`.
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154

load helper

setup() {
    common_setup
    need_native
    [ -x /usr/bin/bsd-csh ] || skip "csh is not installed"
    settings+=("OWNERONLY_LOG=$work/log")
}

said() {
    [ "$column" = without ] || grep -qE "$1" "$work/log"
}

@test "306: the file is owner-only from its open, the command writes it, and the log says how" {
    act() {
        echo '["new"]' >in
        subject bsd-csh -fc "cat in > $F" || rc=$?
    }
    holds() {
        [ "$rc" = 0 ] && content_is '["new"]' "$F" && mode_is 600 "$F" &&
            said 'action=publish result=ok reason="not whole: a vfork.*left-to=child'
    }
    both_ways
}

@test "306: an existing file gets a new one in its place, and a planted link is not written through" {
    act() {
        echo '["new"]' >in
        echo '["victim"]' >victim
        ln -s victim "$F"
        subject bsd-csh -fc "cat in > $F" || rc=$?
    }
    holds() { [ "$rc" = 0 ] && is_regular "$F" && mode_is 600 "$F" && content_is '["victim"]' victim; }
    both_ways
}

# What the shell itself writes, before and after, is whole or nothing, as ever.
@test "306: the parent goes on as if its child had opened nothing" {
    act() {
        echo '["new"]' >in
        subject bsd-csh -fc "cat in > a$F; echo '[1]' > $F; cat in > b$F; echo '[' > $F" || rc=$?
    }
    holds() {
        content_is '[1]' "$F" && content_is '["new"]' "a$F" && content_is '["new"]' "b$F" &&
            [ -z "$(find . -name "*$F" ! -perm 600)" ] && said 'action=publish result=ok mode=0600 size=4'
    }
    both_ways
}
