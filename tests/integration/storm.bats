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
    storm jump 600
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
