#!/bin/bash
# Makes the Debian package below a build directory, for tests that install it; prints its path.
#
# usage: package.sh BUILD_DIRECTORY
# SPDX-License-Identifier: Apache-2.0
set -euo pipefail

build=$(realpath -- "$1")/package
source_directory=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)

mkdir -p "$build"
if ! { cd "$source_directory" && cmake --preset package -B "$build" &&
    rm -f "$build"/owneronly_*.deb && cmake --build "$build" --target packages -j "$(nproc)"; } \
    >"$build.log" 2>&1; then
    tail -n 40 "$build.log" >&2
    exit 1
fi
echo "$build"/owneronly_*.deb
