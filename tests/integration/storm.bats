#!/usr/bin/env bats
# Contract 207 under a storm: signals every few microseconds, whose handlers jump out, end the process
# or write files themselves, and threads that are cancelled.  See programs/storm.c.
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154

load helper

setup() {
    common_setup
    # The program's own half-written files are refused, so a torn one would be the library's.
    policy <<<$'[rule]\nmatch = *client_api_config.json\ncontent = json\ndurability = none'
    settings+=("OWNERONLY_LOG=$work/log")
}

# storm KIND ROUNDS: without the library, where files are torn or readable by others, and with it.
storm() {
    # It delivers signals, and lets threads be cancelled, when it sees fit.
    [ -z "${OWNERONLY_PRELOAD_FIRST:-}" ] || skip "not with a sanitizer's run time"
    kind=$1 rounds=$2
    act() { counts=$(subject "$programs/storm" "$kind" . "$rounds") || rc=$?; }
    holds() {
        echo "# $column: $counts" >&3
        [ "$rc" = 0 ] && [[ $counts == *" 0 findings" ]] && are_private
    }
    both_ways
}

are_private() {
    [ "$(find . -name "*$F" | wc -l)" = 4 ] && [ -z "$(find . -name "*$F" ! -perm 600)" ]
}

@test "207: handlers jump out of opens and closes, 300 times and more out of each" {
    storm jump 300
    [[ $counts =~ open\ ([0-9]+),.*close\ ([0-9]+): ]]
    [ "${BASH_REMATCH[1]}" -ge 300 ] && [ "${BASH_REMATCH[2]}" -ge 300 ]
}

@test "207 302: children end in a handler, by _exit" {
    storm exit 300
}

@test "207 303: what was opened goes to a new program, while handlers jump" {
    storm exec 200
}

@test "207: threads are cancelled in turn, deferred and asynchronously" {
    storm cancel 200
}

# fsync(2) of the other thread takes its time, so that the end comes while it is closing.
end_while_a_thread_closes() {
    command -v strace >/dev/null || skip "strace is not installed"
    need_native
    ending=$1
    settings=()
    act() {
        subject strace -f -qq -o /dev/null -e trace=fsync -e inject=fsync:delay_enter=400000 \
            "$PYTHON" -c "import os, sys, threading, time
fd = os.open('$F', os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
os.write(fd, b'[\"whole\"]')
threading.Thread(target=lambda: os.close(fd), daemon=True).start()
time.sleep(0.1)
$ending" || rc=$?
    }
    holds() { [ "$rc" = 0 ] && content_is '["whole"]' "$F" && mode_is 600 "$F"; }
    both_ways
}

@test "302: _exit waits for what another thread is publishing" {
    end_while_a_thread_closes 'os._exit(0)'
}

@test "302: exit waits for what another thread is publishing" {
    end_while_a_thread_closes 'sys.exit(0)'
}

@test "305: exec waits for what another thread is publishing" {
    end_while_a_thread_closes 'os.execv("/bin/true", ["true"])'
}
