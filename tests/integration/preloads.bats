#!/usr/bin/env bats
# Beside every preload that Debian ships, in both orders: owner-only, or named; never silent (506).
# SPDX-License-Identifier: Apache-2.0

load helper

setup() {
    common_setup
    need_native
    [ -z "${OWNERONLY_PRELOAD_FIRST:-}" ] || skip "not with a sanitizer's run time"
    settings+=(OWNERONLY_LOG="$work/log")
    policy <<<$'[rule]\nmatch = *client_api_config.json'
    mkdir -m 700 "$work/sockets"
    touch "$work/passwd" "$work/group"
    export PROXYCHAINS_QUIET_MODE=1 UID_WRAPPER=1 UID_WRAPPER_ROOT=1 SOCKET_WRAPPER_DIR=$work/sockets \
        NSS_WRAPPER_PASSWD=$work/passwd NSS_WRAPPER_GROUP=$work/group
    cd "$work"
}

# Package, and the library that its command preloads.
preloads() {
    local at=/usr/lib/$(uname -m)-linux-gnu
    cat <<TEXT
torsocks $at/torsocks/libtorsocks.so
libproxychains4 $at/libproxychains.so.4
libumockdev-preload0 $at/libumockdev-preload.so.0
libsocket-wrapper $at/libsocket_wrapper.so
libuid-wrapper $at/libuid_wrapper.so
libnss-wrapper $at/libnss_wrapper.so
libfakechroot $at/fakechroot/libfakechroot.so
libeatmydata1 $at/libeatmydata.so
libfakeroot $at/libfakeroot/libfakeroot-sysv.so
libfaketime $at/faketime/libfaketime.so.1
libjemalloc2 $at/libjemalloc.so.2
libtcmalloc-minimal4 $at/libtcmalloc_minimal.so.4
heaptrack /usr/lib/heaptrack/libheaptrack_preload.so
TEXT
}

# What three programs leave under the name with such an LD_PRELOAD, as modes; "-" is nothing.
modes_with() {
    local chain=$1 run=(env "${settings[@]}")
    [ -z "$chain" ] || run+=("LD_PRELOAD=$chain")
    : >"$work/log"
    rm -f ./*"$F"
    "${run[@]}" "$PYTHON" -c 'import json; f = open("1client_api_config.json", "w"); json.dump([1], f); f.close()'
    "${run[@]}" sh -c 'echo "[1]" > 2client_api_config.json'
    echo '[1]' | "${run[@]}" tee 3client_api_config.json
    for i in 1 2 3; do
        if [ "$(cat "$i$F" 2>/dev/null)" = '[1]' ]; then stat -c %a "$i$F"; else echo -; fi
    done | paste -sd' '
} 2>/dev/null

# The last line is the modes; what programs print comes before it.
modes() {
    modes_with "$1" | tail -n 1
}

@test "506: first of all, as the wrapper puts it: 0600 beside every one; behind it: 0600, or named" {
    local name path first behind alone line failed=0 missing=0
    [ "$(modes "")" = "644 644 644" ]
    printf '# %-22s %-12s %-12s %-12s %s\n' 'beside' without first behind 'named when behind' >&3
    while read -r name path; do
        if [ ! -e "$path" ]; then
            printf '# %-22s is not installed\n' "$name" >&3
            missing=$((missing + 1))
            continue
        fi
        alone=$(modes "$path")
        first=$(modes "$library:$path")
        [ ! -s "$work/log" ] || ! grep -q preceded "$work/log" || failed=1
        behind=$(modes "$path:$library")
        line=$(sed -n "s|.*path=\"[^\"]*\" action=preceded .*: \(.*\)\"$|\1|p" "$work/log" | head -n 1)
        printf '# %-22s %-12s %-12s %-12s %s\n' "$name" "$alone" "$first" "$behind" "${line:-no}" >&3
        [ "$alone" != "600 600 600" ] || failed=1
        [ "$first" = "600 600 600" ] || failed=1
        [ "$behind" = "600 600 600" ] || [ -n "$line" ] || failed=1
    done < <(preloads)
    [ "$failed" = 0 ]
    [ "$missing" -lt 5 ]
}

mode_of_it() {
    stat -c %a "$F" 2>/dev/null || echo none
}

install_here() {
    mkdir -p tree/bin tree/lib/owneronly tree/libexec/owneronly
    cp "$build/bin/owneronly" tree/bin/
    cp "$build/libexec/owneronly/owneronly-inspect" tree/libexec/owneronly/
    cp "$library" tree/lib/owneronly/
    wrapper=$work/tree/bin/owneronly
}

@test "506: their own commands around the wrapper: 0600; inside it: 0600, or named" {
    local command mode inside line failed=0
    install_here
    export OWNERONLY_LOG=$work/log OWNERONLY_POLICY=$work/policy
    while read -r command; do
        command -v "${command%% *}" >/dev/null || continue
        local words
        read -ra words <<<"$command"
        rm -f "$F"
        "${words[@]}" "$wrapper" dash -c "echo '[1]' > $F" >/dev/null 2>&1 || true
        mode=$(mode_of_it)
        rm -f "$F"
        : >"$work/log"
        "$wrapper" "${words[@]}" dash -c "echo '[1]' > $F" >/dev/null 2>&1 || true
        inside=$(mode_of_it)
        line=$(grep -c 'action=preceded' "$work/log" || true)
        printf '# %-30s around: %s  inside: %s, lines that name it: %s\n' "$command" "$mode" "$inside" "$line" >&3
        [ "$mode" = 600 ] || failed=1
        [ "$inside" = 600 ] || [ "$line" -gt 0 ] || failed=1
    done <<'TEXT'
torsocks
proxychains4 -q
umockdev-wrapper
eatmydata
fakeroot
fakechroot
faketime 2020-01-01
heaptrack
TEXT
    [ "$failed" = 0 ]
}
