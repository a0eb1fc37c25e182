#!/usr/bin/env bats
# With musl: busybox, and every entry point that musl has.
# SPDX-License-Identifier: Apache-2.0

load ../integration/helper

setup() {
    common_setup
    mkdir "$work/bin"
    cp "$programs/busybox" "$work/bin"
    for applet in $("$work/bin/busybox" --list); do
        [ "$applet" = busybox ] || ln -s busybox "$work/bin/$applet"
    done
    # Whatever a shell of busybox runs is busybox.
    settings=("PATH=$work/bin")
}

@test "musl: the programs and the library are musl's, and the library is loaded" {
    run subject cat /proc/self/maps
    [[ $output == *libowneronly.so* && $output == *musl* && $output != *libc.so.6* ]]
}

@test "musl 101: owner-only by every entry point" {
    every_entry_point_both_ways
}

@test "musl 101: owner-only by tee, dd, cp, awk, sh, cat" {
    local -A commands=(
        [tee]="echo [1] | tee $F >/dev/null" [dd]="echo [1] | dd of=$F 2>/dev/null"
        [cp]="cp ../source $F"
        [awk]="awk 'BEGIN { print \"[1]\" > \"$F\" }'"
        [sh]="echo [1] > $F" [cat]="cat ../source > $F" [exec]="exec cat ../source > $F"
    )
    echo '[1]' >"$work/source"
    for name in "${!commands[@]}"; do
        rm -rf "$work/without" "$work/with"
        act() { subject sh -c "${commands[$name]}"; }
        holds() { mode_is 600 "$F" && content_is '[1]' "$F"; }
        both_ways || {
            echo "program: $name"
            return 1
        }
    done
}

@test "musl 102: readers see the old file while a write is pending" {
    act() { echo '[1]' >"$F"; subject sh -c "exec 3> $F; echo '[2]' >&3; cat $F" >seen; }
    holds() { content_is '[1]' seen && content_is '[2]' "$F"; }
    both_ways
}

@test "musl 105: what is appended is added to the old content" {
    act() { echo '[' >"$F"; subject sh -c "echo '1]' >> $F"; }
    holds() { content_is $'[\n1]' "$F" && mode_is 600 "$F"; }
    both_ways
}

@test "musl 111: a symlink is replaced, not followed" {
    act() { echo victim >other; ln -s other "$F"; subject sh -c "echo '[1]' > $F"; }
    holds() { is_regular "$F" && mode_is 600 "$F" && content_is victim other; }
    both_ways
}

@test "musl 308: a killed writer leaves the old file" {
    act() {
        echo '[1]' >"$F"
        subject sh -c "exec > $F; echo '[2]'; kill -9 \$\$"
    }
    holds() { content_is '[1]' "$F"; }
    both_ways
}

@test "musl 310: content that is not one whole JSON value is refused" {
    act() { echo '[1]' >"$F"; subject sh -c "echo '[' > $F"; }
    holds() { content_is '[1]' "$F" && stderr_has 'not one whole JSON value'; }
    both_ways
}

@test "musl 401: what mv and sed -i put there is tightened" {
    act() {
        echo '[1]' >other
        subject mv other "$F"
        chmod 644 "$F"
        subject sed -i s/1/2/ "$F"
    }
    holds() { mode_is 600 "$F" && content_is '[2]' "$F"; }
    both_ways
}

@test "musl 502: a policy that cannot be read ends the program" {
    settings+=(OWNERONLY_POLICY=/nowhere)
    run -125 subject cat /dev/null
}

@test "musl 207 301 306: racing threads leave every file whole, and no descriptor" {
    mkdir "$work/files"
    run subject "$programs/race" "$work/files" 4000
    [ "$status" -eq 0 ]
    [ "$output" = "4000 rounds, 0 findings" ]
    [ "$(stat -c %a "$work"/files/*_client_api_config.json | sort -u)" = 600 ]
}
