#!/bin/bash
# Can every assertion fail?  In the control of each test, without the library, every assertion of the
# test is run alone, and again with a library that breaks what ours keeps (saboteur.c); one that nothing
# in its suite makes fail may be one that can't.
#
# usage: controls.sh BUILD_DIRECTORY
# SPDX-License-Identifier: Apache-2.0
set -euo pipefail

build=$(realpath -- "$1")
tests=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
OWNERONLY_CONTROLS=$(mktemp)
export OWNERONLY_CONTROLS OWNERONLY_BUILD_DIR=$build
trap 'rm -f "$OWNERONLY_CONTROLS"' EXIT
chmod 666 "$OWNERONLY_CONTROLS"

mapfile -t suites < <(grep -l 'both_ways' "$tests"/integration/*.bats)
# The limit is for what waits for something that the saboteur broke, and that act_and_tell_in_time() does not reach.
try() {
    local answer
    answer=$(timeout 1200 bats --formatter tap "$1" 2>&1) && return
    echo "not ok $(basename "$1"): $(grep '^not ok' <<<"$answer" || echo "did not end")"
}
export -f try
# shellcheck disable=SC2016
printf '%s\n' "${suites[@]}" | xargs -P "$(nproc)" -I '{}' bash -c 'try "$1"' bash '{}'

# SUITE and ASSERTION of what held in every control in which it was run, tests that name it behind them.
undecided=$(awk -F '\t' '
    { key = $2 "\t" $3; seen[key] = 1; where[key] = $4 }
    $1 == "failed" { failed[key] = 1 }
    END { for (key in seen) if (!failed[key]) print key "\t(" where[key] ")" }
' "$OWNERONLY_CONTROLS" | sort)
[ -z "$undecided" ] || printf '%s\n' "$undecided" | sed 's/^/never fails in a control: /'
total=$(cut -f 2,3 "$OWNERONLY_CONTROLS" | sort -u | wc -l)
count=$(printf '%s' "$undecided" | grep -c . || true)
[ "$total" -gt 100 ] || {
    echo "only $total assertions were seen: are they read at all?"
    exit 1
}
echo "$((total - count)) passed, $count failed, 0 skipped"
[ "$count" = 0 ]
