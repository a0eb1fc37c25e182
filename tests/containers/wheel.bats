#!/usr/bin/env bats
# The wheel: into a virtual environment without a network, used, and taken out again.
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2034,SC2086,SC2154,SC2164

load containers

setup() {
    cd "$STAGE"
    runtime=$BATS_TEST_DESCRIPTION
    wheel=$(echo "$IMAGE"/../owneronly-*.whl)
    job=$BATS_TEST_DIRNAME/job
    rm -rf environment
    /usr/bin/python3 -m venv environment
}

install_wheel() {
    environment/bin/pip install -q --no-index --disable-pip-version-check "$1"
}

@test "the wheel: its tag is the glibc that the library needs" {
    version=$(sed -n 's/^version=//p' "$STAGE/package/usr/bin/owneronly")
    [ "${wheel##*/}" = "owneronly-$version-py3-none-manylinux_2_17_$(uname -m).whl" ]
    # pip looks at the tag: one that asks for more than there is is refused.
    newer=${wheel##*/}
    cp "$wheel" "${newer/_2_17_/_2_99_}"
    run ! install_wheel "./${newer/_2_17_/_2_99_}"
}

@test "the wheel: installed, it protects, and says where the library is" {
    held_by="$STAGE/environment/bin/owneronly $job"
    install_wheel "$wheel"
    held "$held_by"
    exposed "$job"
    run -0 environment/bin/owneronly --library
    [ "$output" = "$STAGE/environment/lib/owneronly/libowneronly.so" ]
    run -0 environment/bin/owneronly doctor -- "$job"
    [[ $output == *"ok: proof: "* ]]
    run -0 environment/bin/owneronly check environment/share/owneronly/presets/nvflare.conf
    run -0 environment/lib/owneronly/libowneronly.so
}

@test "the wheel: its page's lines are of the environment that is active" {
    install_wheel "$wheel"
    line=$(sed -e 's/\\-/-/g' environment/share/man/man7/owneronly.7 | grep '^env -i PATH=')
    [[ $line == *'LD_PRELOAD=$VIRTUAL_ENV/lib/owneronly/libowneronly.so /srv/site/job' ]]
    held ". $STAGE/environment/bin/activate; ${line/\/srv\/site\/job/$job}"
    control ". $STAGE/environment/bin/activate; ${line/\/srv\/site\/job/$job}"
}

@test "the wheel: taken out, nothing of it is left" {
    install_wheel "$wheel"
    [ -n "$(find environment -name 'libowneronly.so')" ]
    environment/bin/pip uninstall -q -y owneronly
    # pip leaves directories.
    left=$(find environment -not -type d -path '*owneronly*')
    [ -z "$left" ] || { echo "left: $left"; return 1; }
}
