#!/bin/bash
# What a machine can see without running anything: format, common mistakes, the layout of the house.
#
# usage: lint.sh BUILD_DIRECTORY
# SPDX-License-Identifier: Apache-2.0
set -euo pipefail

build=$1
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."
failed=0

check() {
    local name=$1
    shift
    if "$@"; then
        echo "ok lint: $name"
    else
        echo "not ok lint: $name"
        failed=1
    fi
}

sources() {
    find policy shim scripts tests -name '*.[ch]'
}

shell_scripts() {
    find scripts tests .ci -type f -exec grep -lE '^#!.*\b(sh|bash)$|shellcheck shell=' {} +
}

format_is_clean() {
    sources | xargs clang-format --dry-run -Werror
}

# The rules of clang-tidy's findings are in .clang-tidy, with what is switched off and why.
tidy_is_clean() {
    sources | grep '\.c$' | grep -v '^tests/' |
        xargs -P "$(nproc)" -n 4 clang-tidy -p "$build" --quiet >"$build/tidy.log" 2>/dev/null || {
        cat "$build/tidy.log"
        return 1
    }
}

shell_is_clean() {
    shell_scripts | xargs shellcheck -x
}

man_pages_are_clean() {
    mandoc -T lint -W warning scripts/man/*.[1-8]
}

# `! command` never ends a test of bats 1.8, unless it is the last command of a function: use `if`.
negations_count() {
    find tests -name '*.bats' -exec awk '
        FNR == 1 { held = ""; joined = 0 }
        held != "" && !/^[[:space:]]*}/ { print held; found = 1 }
        { held = "" }
        /^[[:space:]]*! / && !joined && !/\|\||&&/ { held = FILENAME ":" FNR ": " $0 }
        { joined = /(&&|\|\||\||\\)[[:space:]]*$/ }
        END { exit found }' {} +
}

top_level_is_as_agreed() {
    local extra
    extra=$(find . -mindepth 1 -maxdepth 1 -not -name '.*' -printf '%f\n' |
        grep -vxE 'shim|policy|tests|scripts|CMakeLists\.txt|CMakePresets\.json|README\.md|LICENSE|build' || true)
    [ -z "$extra" ] || {
        echo "not agreed at the top level: $extra"
        return 1
    }
}

# The guard of shim/base/sys.h is OWNERONLY_SHIM_BASE_SYS_H; what is included twice on purpose has none.
guards_follow_paths() {
    local header wrong=0
    while read -r header; do
        grep -m 1 '^#ifndef .*_H$' "$header" | grep -qvxF "#ifndef OWNERONLY_$(tr 'a-z/.-' 'A-Z___' <<<"$header")" || continue
        echo "$header: its guard does not say its path"
        wrong=1
    done < <(sources | grep '\.h$')
    return "$wrong"
}

# Each folder includes only what tests/includes.txt allows it.
arrows_point_down() {
    tests/includes.sh
}

check "C is formatted as .clang-format says" format_is_clean
check "clang-tidy finds nothing" tidy_is_clean
check "shellcheck finds nothing" shell_is_clean
check "every negated command of a test can fail it" negations_count
check "mandoc finds nothing in the manual" man_pages_are_clean
check "the top level holds what was agreed" top_level_is_as_agreed
check "every header's guard is made of its path" guards_follow_paths
check "the lint of includes sees each kind of violation" tests/includes.sh --self-test
check "each folder includes only what it may" arrows_point_down
exit "$failed"
