#!/bin/bash
# Builds, in a directory that is configured, the library and what the tests of other systems run; no
# test program that needs more than libc.
#
# usage: build_programs.sh BUILD_DIRECTORY
# SPDX-License-Identifier: Apache-2.0
set -euo pipefail

mapfile -t unit_tests < <(cmake --build "$1" --target help | grep -oE '\<test_[a-z_]+$')
[ ${#unit_tests[@]} -gt 5 ]
cmake --build "$1" -j "$(nproc)" --target owneronly owneronly-inspect entry_points race empty costly \
    "${unit_tests[@]}"
