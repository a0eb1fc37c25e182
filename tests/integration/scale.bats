#!/usr/bin/env bats
# Contract 211: many files pending, and what a call costs then, in user space instructions.
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2034,SC2154

load helper

setup() {
    common_setup
    [ -z "${OWNERONLY_PRELOAD_FIRST:-}" ] || skip "not with a sanitizer's run time"
    need_native
    [ "$(ulimit -Hn)" = unlimited ] || [ "$(ulimit -Hn)" -ge 10200 ] || skip "too few descriptors"
    policy <<<$'[rule]\nmatch = *client_api_config.json\ndurability = none'
}

# Instructions of a process that has files pending, and makes calls.
instructions() {
    rm -rf files
    mkdir files
    (cd files && subject valgrind --tool=callgrind --callgrind-out-file=/dev/null \
        "$programs/scale" "$@")
    sed -n 's/.*Collected : //p' "$work/stderr"
}

# Of one call, while so many files are pending.
cost() {
    echo $((($(instructions "$1" "$2" 300) - $(instructions "$1" "$2" 100)) / 200))
}

@test "211: with 10,000 files pending, open, dup and close take no more instructions than with one" {
    command -v valgrind >/dev/null || skip "valgrind is not installed"
    cd "$work"
    local call plain one many
    for call in open dup; do
        column=without plain=$(cost 1 "$call")
        column=with one=$(cost 1 "$call")
        column=with many=$(cost 10000 "$call")
        echo "# $call and close: $plain instructions without the library, $one with one file pending," \
            "$many with 10,000" >&3
        [ "$plain" -gt 0 ] && [ "$one" -gt $((plain + 100)) ]
        [ "$many" -le $((one + one / 10)) ]
    done
}

are_whole() {
    [ "$rc" = 0 ] && [ "$(find . -name "*$F" -perm 600 -size 2c | wc -l)" = 10000 ]
}

@test "203 211: 10,000 files are pending at once, and are all published" {
    act() {
        python 'import resource
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
fds = [os.open("%05d%s" % (i, F), os.O_WRONLY | os.O_CREAT | os.O_TRUNC) for i in range(10000)]
for fd in fds: os.write(fd, b"[]")
assert "00000" + F not in os.listdir(".") or "LD_PRELOAD" not in os.environ
if os.fork() == 0: os._exit(0)
os.wait()
for fd in fds[::2]: os.close(fd)' || rc=$?
    }
    holds() { are_whole; }
    both_ways
}
