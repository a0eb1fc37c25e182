#!/usr/bin/env bats
# Contract 207: signal handlers and cancellation.  Threads: threads.bats; storms: storm.bats.
# SPDX-License-Identifier: Apache-2.0

load helper

is_published() {
    [ "$rc" = 0 ] && content_is '{"whole":true}' "$F" && mode_is 600 "$F"
}

@test "207: a signal handler writes the name that the program is just publishing" {
    act() { subject "$programs/interrupted" handler "$F" || rc=$?; }
    holds() { is_published; }
    both_ways
}

@test "207 301: a signal handler closes what the program opened" {
    act() { subject "$programs/interrupted" closer "$F" || rc=$?; }
    holds() { is_published; }
    both_ways
}

@test "207: a thread that is cancelled at its close has published" {
    act() { subject "$programs/interrupted" cancelled "$F" || rc=$?; }
    holds() { is_published; }
    both_ways
}

@test "207: a thread that is cancelled at its fclose has published, and leaves no stream locked" {
    act() { subject "$programs/interrupted" cancelled-stream "$F" || rc=$?; }
    holds() { is_published; }
    both_ways
}

# A signal that is blocked when the kernel forces it upon a call ends the process.
@test "207: a sandbox whose handler of SIGSYS answers for the kernel goes on doing so" {
    need_native
    act() {
        subject "$programs/trapped" "$F" || rc=$?
        [ "$rc" != 77 ] || skip "not known on this architecture"
    }
    holds() { [ "$rc" = 0 ] && content_is '["whole"]' "$F" && mode_is 600 "$F"; }
    both_ways
}
