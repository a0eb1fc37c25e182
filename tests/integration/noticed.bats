#!/usr/bin/env bats
# What a careless change would break, and no other suite looks at: descriptors that are left, flags,
# calls by number, what is refused.  The first tests compare every answer with that of a run
# without the library; tests/mutants has the changes.
#
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2016,SC2034,SC2154

load helper

setup() {
    common_setup
    F=f.json
    policy <<<$'[rule]\nmatch = *.json'
}

# alike CASE...: the same is answered, and what is protected is the owner's alone (that is the control).
alike() {
    local case
    for case in "$@"; do
        for column in without with; do
            rm -rf "${work:?}/$column"
            mkdir "$work/$column"
            cd "$work/$column" || return
            subject timeout 60 "$programs/alike" "$case" >"$work/said.$column"
            find . -name '*.json' -type f -perm /077 | sort >"$work/loose.$column"
        done
        diff "$work/said.without" "$work/said.with"
        tail -1 "$work/said.with" | grep -q '^descriptors left: 0$'
        [ ! -s "$work/loose.with" ]
        nothing_is_left_behind
        cat "$work/loose.without"
    done >"$work/loose"
    [ -s "$work/loose" ]
}

@test "208: questions by name, also of another directory's, and by a descriptor's number" {
    alike questions numbers links
}

@test "208: times of an old file, of a link, and by number without a path" {
    alike times
}

@test "208: names that are removed, all of them, by number as well" {
    alike removing
}

@test "208 401: renames onto a pending name, that fail, exchange, or bring a link" {
    alike renaming
}

@test "301: duplicates onto themselves, of nothing, or with bad flags, and close_range by CLOEXEC, end nothing" {
    alike duplicates
}

@test "201 301 306: numbers that the library kept are the program's when it has taken them" {
    alike taken_over
}

@test "209: who joins what is pending gets the lowest descriptor, and the flags that it asked for" {
    alike joining
}

@test "203: streams with x, e, a and a character set: their flags, where they begin, how they end" {
    alike streams
}

@test "103 106 203: openat2, by the function and by number: RESOLVE_*, O_EXCL, flags, longer structures" {
    alike by_openat2
    settings+=(BY_NUMBER=1)
    alike by_openat2
}

@test "305 208: by number: an exec that fails, six arguments, attributes" {
    alike by_number
}

@test "306: system() ignores and blocks what it should, and wait and waitid tell what became of a child" {
    alike shell children
}
