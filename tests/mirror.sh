#!/bin/bash
# Where Debian's packages come from: what OWNERONLY_DEBIAN_MIRROR says, else where this system gets its own.
#
# usage: mirror.sh
# Prints one URI.  Exit status 1, with a line, if this system has no source of Debian's.
# SPDX-License-Identifier: Apache-2.0
set -euo pipefail

# As apt understood its lists, sources.list(5) in either style: Debian's own, and neither its security updates nor others'.
of_the_lists() {
    # shellcheck disable=SC2016 # apt-get's own variables
    apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' \
        'Component: main' 2>/dev/null
}

# The same of the files, where no lists were fetched: only the URI says there whose they are.
of_the_files() {
    local file
    for file in /etc/apt/sources.list /etc/apt/sources.list.d/*; do
        if [ -f "$file" ]; then cat "$file" && echo; fi
    done | awk '
        function use(uri) { if (uri ~ /:\/\/.*\/debian\/?$/) print uri }
        NF == 0 { uri = ""; main = 0 }
        $1 == "URIs:" { uri = $2 }
        $1 == "Components:" && / main( |$)/ { main = 1 }
        uri != "" && main { use(uri); uri = "" }
        $1 == "deb" && / main( |$)/ { sub(/\[[^]]*\]/, ""); use($2) }
    '
}

mirror=${OWNERONLY_DEBIAN_MIRROR:-}
[ -n "$mirror" ] || mirror=$(of_the_lists | sort -u | head -n 1) || true
[ -n "$mirror" ] || mirror=$(of_the_files | head -n 1) || true
[ -n "$mirror" ] || {
    echo "${0##*/}: apt knows no source of Debian's here: set OWNERONLY_DEBIAN_MIRROR" >&2
    exit 1
}
printf '%s\n' "${mirror%/}"
