#!/usr/bin/env bats
# What the library costs a process that starts, beyond what any preload costs.  Budgets are in system
# calls and in private memory, which are exact; time is not.
# SPDX-License-Identifier: Apache-2.0

load helper

CALLS_MAX=8
PRIVATE_MAX=16 # kB

setup() {
    common_setup
    [ -z "${OWNERONLY_PRELOAD_FIRST:-}" ] || skip "not with a sanitizer's run time"
    need_native
    [ ! -e /etc/owneronly.conf ] || skip "the budget is that of the built-in rule; there is a system policy"
}

# The system calls of true(1) with a preload.
calls() {
    strace -qq -o "$work/trace" -E LD_PRELOAD="$1" true
    wc -l <"$work/trace"
}

# The kilobytes of a process with a preload that are its own: written, or without a file behind them.
# It has started when it answers.  Without address randomisation, which moves page borders.
private() {
    coproc setarch -R env LD_PRELOAD="$1" cat
    local pid=$COPROC_PID answer
    echo started >&"${COPROC[1]}"
    read -r answer <&"${COPROC[0]}"
    [ "$answer" = started ]
    awk '/^Anonymous:/ { sum += $2 } END { print sum }' "/proc/$pid/smaps"
    kill "$pid"
    wait "$pid" 2>/dev/null || true
}

@test "at most 8 system calls more than an empty preload (control: more are seen)" {
    command -v strace >/dev/null || skip "strace is not installed"
    empty=$(calls "$programs/libempty.so")
    ours=$(calls "$library")
    grep -qE 'libowneronly\.so.* = [0-9]' "$work/trace"
    costly=$(calls "$programs/libcostly.so")
    echo "empty: $empty, costly: $costly, ours: $ours"
    [ "$empty" -gt 5 ]
    [ $((costly - empty)) -gt "$CALLS_MAX" ]
    [ $((ours - empty)) -le "$CALLS_MAX" ]
}

@test "506: finding out who stands before the library takes no system call (control: saying so does)" {
    command -v strace >/dev/null || skip "strace is not installed"
    command -v cc >/dev/null || skip "no compiler"
    echo 'int close(int fd) { return 0; }' | cc -shared -fPIC -w -x c -o "$work/libclosing.so" -
    behind=$(calls "$library:$programs/libempty.so")
    before=$(calls "$programs/libempty.so:$library")
    named=$(calls "$work/libclosing.so:$library")
    echo "behind: $behind, before: $before, named: $named"
    [ "$before" -le "$behind" ]
    [ "$named" -gt "$before" ]
}

@test "at most 16 kB of private memory more than an empty preload (control: more is seen)" {
    setarch -R true 2>/dev/null || skip "address randomisation cannot be switched off here"
    empty=$(private "$programs/libempty.so")
    ours=$(private "$library")
    costly=$(private "$programs/libcostly.so")
    echo "empty: $empty kB, costly: $costly kB, ours: $ours kB"
    [ "$empty" -gt 0 ]
    [ $((costly - empty)) -gt "$PRIVATE_MAX" ]
    [ $((ours - empty)) -le "$PRIVATE_MAX" ]
}
