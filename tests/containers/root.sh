#!/bin/bash
# A clean Debian system in a directory, configured, with a program that writes as the demo's client
# does.  A complete one is left as it is.
#
# usage: root.sh SUITE DIRECTORY [PACKAGE...]
# SPDX-License-Identifier: Apache-2.0
set -euo pipefail

suite=$1 root=$2
shift 2
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)

if [ ! -e "$root/complete" ]; then
    mirror=$("${here%/containers}/mirror.sh")
    rm -rf --one-file-system "$root"
    mkdir -p "$root"
    include=$(IFS=,; echo "$*")
    # The mirror alone says what is there; what it says is signed.
    mmdebstrap --variant=minbase --format=directory ${include:+--include="$include"} \
        "$suite" "$root" "$mirror" >"$root.log" 2>&1 || {
        tail -n 5 "$root.log" >&2
        exit 1
    }
    touch "$root/complete"
fi
install -D -m 755 "$here/job" "$root/srv/site/job"
