#!/bin/bash
# Runs every fuzz target: over its seeds, over what earlier runs in this build directory found, and
# on from there.
#
# usage: run.sh BUILD_DIRECTORY [SECONDS]
#
# SECONDS are for each target; without them, each makes a fixed number of runs.
# SPDX-License-Identifier: Apache-2.0
set -uo pipefail

build=$1
seeds=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/corpus" && pwd -P)
limit=(-runs=20000 -seed=1)
[ -z "${2:-}" ] || limit=("-max_total_time=$2")
passed=0 failed=0

# One target's line, and on failure what libFuzzer said and the input that did it.
run() {
    local target=$1 name=${1##*/fuzz_} found=$build/found/${1##*/fuzz_}
    local log=$found.log
    mkdir -p "$found"
    if "$target" "${limit[@]}" -timeout=20 -print_final_stats=1 -artifact_prefix="$found-" \
        "$found" "$seeds/$name" >"$log" 2>&1; then
        echo "ok fuzz.$name # $(sed -nE 's/^stat::number_of_executed_units: +//p' "$log") runs"
        passed=$((passed + 1))
    else
        echo "not ok fuzz.$name"
        tail -n 30 "$log"
        failed=$((failed + 1))
    fi
}

for target in "$build"/tests/fuzz/fuzz_*; do
    [ -x "$target" ] && run "$target"
done
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
