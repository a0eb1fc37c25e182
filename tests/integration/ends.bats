#!/usr/bin/env bats
# The end of a process publishes what it left open, after everything else that still writes:
# contract 302.
#
# SPDX-License-Identifier: Apache-2.0

load helper

# by WAY: the document is finished at an end of that kind.
by() {
    echo '["old"]' >"$F"
    subject "$programs/ends" "$1" "$F" || rc=$?
}

is_whole() {
    [ "$rc" = 0 ] && content_is '[1,2]' "$F" && mode_is 600 "$F"
}

is_dropped() {
    [ "$rc" = 0 ] && content_is '["old"]' "$F" && stderr_has 'action=discard .*a stream held something'
}

@test "302: the destructor of a linked library finishes the document" {
    act() { by destructor; }
    holds() { is_whole; }
    both_ways
}

@test "302: a handler that a library registered before everybody else finishes it" {
    act() { by library-handler; }
    holds() { is_whole; }
    both_ways
}

@test "302: a handler of atexit(3) finishes it" {
    act() { by handler; }
    holds() { is_whole; }
    both_ways
}

@test "302: a second stream of the same descriptor, of a duplicate, and standard output finish it" {
    for way in same-descriptor duplicate standard-output; do
        rm -rf "$work/without" "$work/with"
        act() { by "$way"; }
        holds() { is_whole; }
        both_ways
    done
}

@test "302: a handler of at_quick_exit(3) finishes it" {
    act() { by quick; }
    holds() { is_whole; }
    both_ways
}

@test "302: _exit with nothing held back publishes" {
    act() { by at-once; }
    holds() { is_whole; }
    both_ways
}

@test "302: _exit, exit_group and quick_exit flush nothing: what a stream holds back is dropped, with a line" {
    for way in at-once-unflushed by-number-unflushed quick-unflushed; do
        rm -rf "$work/without" "$work/with"
        act() { by "$way"; }
        holds() { is_dropped; }
        both_ways
    done
}

@test "302: SYS_exit by number ends the only thread as exit_group does, and another one without any effect" {
    for way in only-thread another-thread; do
        rm -rf "$work/without" "$work/with"
        act() { by "$way"; }
        holds() { is_whole; }
        both_ways
    done
    rm -rf "$work/without" "$work/with"
    act() { by only-thread-unflushed; }
    holds() { is_dropped; }
    both_ways
}

# Lines of 100,000 bytes: anything else is torn.  Enough instants for the control to be torn once.
@test "302 207: _exit in a signal handler, in the middle of fputs: a published file is never torn" {
    policy <<<$'[rule]\nmatch = *client_api_config.json'
    act() {
        local i
        for ((i = 0; i < 60; i++)); do
            subject "$programs/ends" interrupted "$i.$F" "$((300 + i * 37))" || rc=$?
        done
    }
    holds() {
        [ "$rc" = 0 ] && [ -z "$(find . -name "*$F" -printf '%s\n' | awk '$1 % 100000')" ]
    }
    both_ways
    echo "# of 60: $(find "$work/with" -name "*$F" | wc -l) published, none torn;" \
        "torn without: $(find "$work/without" -name "*$F" -printf '%s\n' | awk '$1 % 100000' | wc -l)" >&3
}
