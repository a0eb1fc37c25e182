#!/usr/bin/env bats
# Contract 207, 301, 306 under load: threads that race open, write, dup, close and fork.
# SPDX-License-Identifier: Apache-2.0

bats_require_minimum_version 1.5.0

setup() {
    build=${OWNERONLY_BUILD_DIR:-$BATS_TEST_DIRNAME/../../build/debug}
    library=${OWNERONLY_LIBRARY:-$build/lib/owneronly/libowneronly.so}
    race=$build/tests/integration/programs/race
    unset LD_PRELOAD OWNERONLY_POLICY OWNERONLY_MATCH OWNERONLY_MODE OWNERONLY_LOG
    # A thread sanitizer that sees a race ends the program with this status.
    export TSAN_OPTIONS="exitcode=66:die_after_fork=0 ${TSAN_OPTIONS:-}"
    umask 022
    mkdir "$BATS_TEST_TMPDIR/files"
}

@test "207 301 306: 10,000 racing rounds leave every file whole, and no descriptor (control: they do not)" {
    run "$race" "$BATS_TEST_TMPDIR/files" 10000
    [ "$status" -eq 1 ]
    [[ $output == *"is not one whole document"* ]]

    rm -r "$BATS_TEST_TMPDIR/files"
    mkdir "$BATS_TEST_TMPDIR/files"
    run env LD_PRELOAD="${OWNERONLY_PRELOAD_FIRST:+$OWNERONLY_PRELOAD_FIRST:}$library" \
        "$race" "$BATS_TEST_TMPDIR/files" 10000
    echo "$output"
    [ "$status" -eq 0 ]
    [ "$output" = "10000 rounds, 0 findings" ]
    [ "$(stat -c %a "$BATS_TEST_TMPDIR"/files/*_client_api_config.json | sort -u)" = 600 ]
}
