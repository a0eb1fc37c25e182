#!/bin/bash
# One line for all tests of a build: cmocka's and bats' single tests, not ctest's programs.
#
# usage: summary.sh BUILD_DIRECTORY
# SPDX-License-Identifier: Apache-2.0
set -euo pipefail

log=$1/Testing/Temporary/LastTest.log
cmocka_passed=$(grep -cE '^\[       OK \]' "$log" || true)
cmocka_failed=$(grep -cE '^\[  FAILED  \] test_' "$log" || true)
skipped=$(grep -cE '^ok .* # skip' "$log" || true)
bats_passed=$(grep -cE '^ok ' "$log" || true)
bats_failed=$(grep -cE '^not ok ' "$log" || true)
sed -n '/^# launchers:/,/^[^#]/{s/^# //p}' "$log"
grep -E '^ok .* # skip' "$log" | sed -E 's/^ok [0-9]+ (.*) # skip ?(.*)/skipped: \1 (\2)/' || true
echo "$((cmocka_passed + bats_passed - skipped)) passed," \
    "$((cmocka_failed + bats_failed)) failed, $skipped skipped"
