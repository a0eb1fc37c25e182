#!/bin/bash
# The contract and the tests tell the same story: each numbered row of shim/contract.md is named by a
# test, each number that a test names is a row, and each key of the policy has its line.
#
# A test names rows at its beginning: @test "201 204: ..." in bats, test_201_... in cmocka.  A row whose
# second column begins with "Not built" needs no test, and may have none.
#
# usage: contract.sh SOURCE_DIRECTORY
# SPDX-License-Identifier: Apache-2.0
set -euo pipefail

# NUMBER, and "built" or "unbuilt", of each row of the contract $1.
rows() {
    sed -nE 's/^\| ([1-5][0-9]{2})( ◆)? \| (.*)/\1 \3/p' "$1" |
        awk '{ print $1, ($2 $3 == "Notbuilt" || $2 $3 == "Notbuilt:" ? "unbuilt" : "built") }'
}

# The numbers that tests below $1 name.
named() {
    {
        grep -rhE '^@test "' --include='*.bats' "$1" |
            sed -nE 's/^@test "([a-z]+ )?(([1-5][0-9]{2}[ ,]*)+):.*/\2/p'
        grep -rhoE '\btest_([1-5][0-9]{2}_)+' --include='*.c' "$1" | sed 's/^test_//'
    } | grep -oE '[1-5][0-9]{2}' | sort -u
}

# What is wrong between the contract $1 and the tests below $2, a line each.
differences() {
    comm -23 <(rows "$1" | awk '$2 == "built" { print $1 }' | sort) <(named "$2") |
        sed 's/.*/row & has no test that names it/'
    comm -13 <(rows "$1" | awk '{ print $1 }' | sort) <(named "$2") |
        sed 's/.*/a test names row &, which is not there/'
    comm -12 <(rows "$1" | awk '$2 == "unbuilt" { print $1 }' | sort) <(named "$2") |
        sed 's/.*/row & is said not to be built, and a test names it/'
    rows "$1" | awk '{ print $1 }' | sort | uniq -d | sed 's/.*/row & stands twice/'
}

# The keys that the parser $1 knows and the contract $2 has no line for.
keys_without_line() {
    sed -nE 's/^ *\[KEY_[A-Z_]+\] = \{"([a-z-]+)".*/\1/p' "$1" | sort -u | while read -r key; do
        grep -qE "^\| \`$key\`( ◆)? \|" "$2" ||
            echo "the key '$key' has no line in the contract"
    done
}

# The guard itself: one difference of each kind must be seen.
check_the_check() {
    local directory=$1
    mkdir "$directory/tests"
    printf '| 101 | a | b |\n| 102 ◆ | c | d |\n| 103 | Not built: e | f |\n' >"$directory/contract"
    printf '@test "101 301: one" {\n@test "103: two" {\n' >"$directory/tests/a.bats"
    printf 'a test names row 301, which is not there\n%s\n%s\n' 'row 102 has no test that names it' \
        'row 103 is said not to be built, and a test names it' | diff - <(differences \
        "$directory/contract" "$directory/tests" | sort)
}

directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
check_the_check "$directory" || {
    echo "the guard does not see what it must" >&2
    exit 1
}
contract=$1/shim/contract.md
[ "$(rows "$contract" | wc -l)" -gt 40 ] || {
    echo "the contract's rows could not be read" >&2
    exit 1
}
[ "$(keys_without_line "$1/policy/file/key_table.c" /dev/null | wc -l)" -gt 10 ] || {
    echo "the keys could not be read" >&2
    exit 1
}
found=$(differences "$contract" "$1/tests"; keys_without_line "$1/policy/file/key_table.c" "$contract")
[ -z "$found" ] || {
    printf '%s\n' "$found" >&2
    exit 1
}
echo "$(rows "$contract" | wc -l) rows, each with a test or said not to be built"
