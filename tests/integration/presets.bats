#!/usr/bin/env bats
# The presets and the sample policy, as they are installed.
# SPDX-License-Identifier: Apache-2.0

load helper
load operator

setup() {
    operator_setup
    sources=$BATS_TEST_DIRNAME/../..
    # As scripts/owneronly.conf.sample names them, but here.
    cp -r "$sources/policy/presets" "$work/presets"
    chmod -R u+w,go-w "$work/presets"
    sed "s,/usr/share/owneronly,$work," "$sources/scripts/owneronly.conf.sample" >"$work/sample"
}

@test "the sample protects what NVIDIA FLARE writes, and nothing else by itself" {
    settings+=("OWNERONLY_POLICY=$work/sample")
    act() {
        mkdir -p startup .aws
        python 'for n in (F, "startup/client.key", "startup/client.crt", ".aws/credentials"):
    open(n, "w").write("[]")'
    }
    holds() {
        mode_is 600 "$F" && mode_is 600 startup/client.key && mode_is 644 startup/client.crt &&
            mode_is 644 .aws/credentials
    }
    both_ways
}

@test "the sample lists every preset, and all of them can be taken at once" {
    diff <(sed -n 's,^#*include .*/presets/,,p' "$work/sample" | sort) <(ls "$work/presets")
    run -0 "$owneronly" check "$work/sample"
    [ "$(grep -c '^\[' <<<"$output")" = "$(grep -c '^\[' "$work/presets/nvflare.conf")" ]
    sed -i 's/^#include/include/' "$work/sample"
    run -0 "$owneronly" check "$work/sample"
    [ "$(grep -c '^\[' <<<"$output")" = "$(cat "$work/presets"/*.conf | grep -c '^\[')" ]
    # Also where there is no home: a daemon's process would be refused.
    run -0 env -u HOME "$owneronly" check "$work/sample"
}

@test "every key that the sample shows is one, and shows its default" {
    sed 's/^#\(\[my-tokens\]\|[a-z-]* = \)/\1/; /^group = /d' "$work/sample" >shown
    run -0 "$owneronly" check shown
    for key in mode symlink content durability publish in-place append rename chmod; do
        value=$(sed -n "s/^#$key = //p" "$work/sample")
        [ -n "$value" ]
        grep -qxF "$key = $value" <(sed -n '/^\[my-tokens\]/,$p' <<<"$output")
    done
}

@test "dotfiles that are links are followed, and stay links" {
    settings+=("OWNERONLY_POLICY=$work/presets/pypi.conf")
    act() {
        mkdir dotfiles
        echo old >dotfiles/pypirc
        ln -s dotfiles/pypirc .pypirc
        python 'open(".pypirc", "w").write("new")'
    }
    holds() { [ -L .pypirc ] && mode_is 600 dotfiles/pypirc && content_is new dotfiles/pypirc; }
    both_ways
}
