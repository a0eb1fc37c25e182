#!/bin/bash
# The original source of a Debian package, for what has to be built against another libc.
#
# usage: source.sh SUITE DIRECTORY PACKAGE
# Makes DIRECTORY/PACKAGE; one that is there already is left as it is.  Exit status 3 if it cannot be
# fetched.
# SPDX-License-Identifier: Apache-2.0
set -euo pipefail

suite=$1 directory=$2 package=$3
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)

[ ! -e "$directory/$package" ] || exit 0
mirror=$("${here%/portability}/mirror.sh") || exit 3
mkdir -p "$directory/lists/partial"
cd "$directory"
echo "deb-src $mirror $suite main" >sources.list
options=(-q -o Dir::Etc::SourceList="$PWD/sources.list" -o Dir::Etc::SourceParts=/dev/null
    -o Dir::State::Lists="$PWD/lists")
apt-get "${options[@]}" update || exit 3
apt-get "${options[@]}" source --download-only "$package" || exit 3
mkdir -p "$package.new"
archive=$(find . -maxdepth 1 -name "${package}_*.orig.tar.*" -not -name '*.asc')
tar -x -f "$archive" --strip-components=1 -C "$package.new"
mv "$package.new" "$package"
