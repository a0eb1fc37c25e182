#!/usr/bin/env bats
# One LD_PRELOAD for programs of two classes in one system: x86-64, and i386 below /i386.
# SPDX-License-Identifier: Apache-2.0

load ../integration/helper

setup() {
    common_setup
    # shellcheck disable=SC2016 # for the loader
    preload='/usr/$LIB/owneronly/libowneronly.so'
}

class() {
    od -A n -t u1 -j 4 -N 1 "$(readlink -f "$1")" | tr -d ' '
}

@test "the programs are of two classes, and so are the libraries" {
    [ "$(class /usr/bin/tee)" = 2 ]
    [ "$(class /i386/usr/bin/tee)" = 1 ]
    [ "$(class /usr/lib/x86_64-linux-gnu/owneronly/libowneronly.so)" = 2 ]
    [ "$(class /usr/lib/i386-linux-gnu/owneronly/libowneronly.so)" = 1 ]
}

@test "101: owner-only by programs of both classes" {
    for bin in /usr/bin /i386/usr/bin; do
        rm -rf "$work/without" "$work/with"
        act() { echo '[1]' | subject "$bin/tee" "$F" >/dev/null; subject "$bin/python3" -c \
            'open("b_client_api_config.json", "w").write("[2]")'; }
        holds() {
            mode_is 600 "$F" && content_is '[1]' "$F" && mode_is 600 "b_$F" &&
                content_is '[2]' "b_$F"
        }
        both_ways
        if stderr_has 'wrong ELF class'; then false; fi
    done
}

@test "304: a shell of one class opens the file, a program of the other writes it" {
    for pair in "/usr/bin/dash /i386/usr/bin/cat" "/i386/usr/bin/dash /usr/bin/cat"; do
        read -r shell cat <<<"$pair"
        rm -rf "$work/without" "$work/with"
        echo '[3]' >"$work/source"
        act() { subject "$shell" -c "$cat ../source > $F; exec $cat ../source > b_$F"; }
        holds() {
            mode_is 600 "$F" && content_is '[3]' "$F" && mode_is 600 "b_$F" &&
                content_is '[3]' "b_$F"
        }
        both_ways
    done
}

@test "the wrapper preloads both" {
    cd "$work"
    for bin in /usr/bin /i386/usr/bin; do
        rm -f "$F"
        echo '[1]' | /usr/bin/owneronly "$bin/tee" "$F"
        mode_is 600 "$F"
    done
    run -0 /usr/bin/owneronly /usr/bin/owneronly sh -c 'echo "$LD_PRELOAD"'
    # shellcheck disable=SC2016 # for the loader
    [ "$output" = '/usr/$LIB/owneronly/libowneronly.so' ]
}
