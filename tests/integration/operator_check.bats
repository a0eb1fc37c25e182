#!/usr/bin/env bats
# owneronly check: owneronly(1).
# SPDX-License-Identifier: Apache-2.0

load helper
load operator

setup() {
    operator_setup
}

# What the library itself says of the policy that these settings choose, and its exit status.
library_says() {
    env "$@" LD_PRELOAD="$preload" true 2>&1
}

# check refuses what the library refuses, in the same words.
refused_alike() {
    local said
    said=$(library_says "$@") && return 1
    run -1 --separate-stderr env "$@" "$owneronly" check
    [ "$stderr" = "$said" ]
    [ -z "$output" ]
}

policy_with_everything() {
    cat >part <<'TEXT'
[part]
match = d/**/*.p \#x a\ b
TEXT
    cat >policy <<'TEXT'
# comment
[first]
match = *.json *.key
match = [!a-z]x
except = open.json

include part
[last]
match = last
mode = 0640
group = 0
symlink = follow
content = json
durability = directory
publish = open
in-place = allow
append = copy
rename = pass
chmod = clamp
TEXT
}

# Settings and globs without what says where they stand.
without_places() {
    grep -vE '^# (policy:|/|OWNERONLY_MATCH|built in)'
}

@test "the usage, and what is wrong with it" {
    usage_is_as_agreed check
    run -2 "$owneronly" check a b
    [[ $output == *"one FILE at a time, not also b"* ]]
    run -2 "$owneronly" check -p x a
    [[ $output == *"FILE excludes -p: a"* ]]
}

@test "every rule is shown with its file, line, globs and settings" {
    policy_with_everything
    run -0 "$owneronly" check policy
    [[ $output == "# policy: $PWD/policy (OWNERONLY_POLICY)"* ]]
    expected="
# $PWD/part:1
[part]
match = d/**/*.p
match = \\#x
match = a\\ b
mode = 0600
# group: as the file is created
symlink = replace
content = any
durability = file
publish = close
in-place = refuse
append = in-place
rename = tighten
chmod = pass

# $PWD/policy:8
[last]
match = last
mode = 0640
group = 0
symlink = follow
content = json
durability = directory
publish = open
in-place = allow
append = copy
rename = pass
chmod = clamp"
    [[ $output == *"$expected" ]]
    [[ $output == *"# $PWD/policy:2
[first]
match = *.json
match = *.key
match = [!a-z]x
except = open.json
mode = 0600"* ]]
}

@test "what is shown is a policy that says the same" {
    policy_with_everything
    "$owneronly" check policy >shown
    "$owneronly" check shown >again
    diff <(without_places <shown) <(without_places <again)
    OWNERONLY_MATCH='a b:#c:x\:y:*.[! ]' "$owneronly" check >shown
    grep -qxF 'match = a\ b' shown
    grep -qxF 'match = \#c' shown
    "$owneronly" check shown >again
    diff <(without_places <shown) <(without_places <again)
    # The control: of another policy it shows something else.
    sed -i 's/^mode = 0600/mode = 0400/' again
    "$owneronly" check again >other
    run -1 diff <(without_places <shown) <(without_places <other)
}

# shows GLOB TEXT: so it is shown, and again when that is read.
shows() {
    OWNERONLY_MATCH=$1 "$owneronly" check >shown
    "$owneronly" check shown >again
    LC_ALL=C grep -qaxF "match = $2" shown
    diff <(without_places <shown) <(without_places <again)
}

@test "a glob's control characters are shown as a policy has them; one with a line's end is refused" {
    shows $'a\fb' $'a\fb'
    shows $'a\tb' $'a\\\tb'
    shows $'\e[[]\\\x7f' $'\e[[]\\\x7f'
    shows $'end\r' $'end\r '
    OWNERONLY_MATCH=$'a\nb' run -1 --separate-stderr "$owneronly" check
    [ "$stderr" = "owneronly check: a glob of OWNERONLY_MATCH holds the end of a line, which no policy file can" ]
    [ -z "$output" ]
}

@test "on a terminal a glob's control characters are shown as \\xHH" {
    script -qec true /dev/null >/dev/null 2>&1 </dev/null || skip "no pseudo terminal here"
    OWNERONLY_MATCH=$'a\fb\ec' run -0 script -qec "$owneronly check" /dev/null </dev/null
    [ "$(grep -m 1 '^match = ' <<<"$output")" = $'match = a\\x0cb\\x1bc\r' ]
}

@test "501: where the policy comes from, in the library's own order" {
    printf '[r]\nmatch = a\n' >policy
    export OWNERONLY_MATCH=b
    OWNERONLY_POLICY=$PWD/policy run -0 "$owneronly" check
    [[ $output == "# policy: OWNERONLY_MATCH, then $PWD/policy (OWNERONLY_POLICY)"*"match = b"*"[r]"* ]]
    run -0 "$owneronly" check -m c -m d -p policy
    [[ $output == "# policy: OWNERONLY_MATCH, then $PWD/policy (OWNERONLY_POLICY)"* ]]
    [[ $output == *"match = c"*"match = d"*"match = b"*"[r]"* ]]
    run -1 env OWNERONLY_POLICY=/nowhere "$owneronly" check -m c
    unset OWNERONLY_MATCH
    run -0 "$owneronly" check -p policy
    [[ $output == "# policy: $PWD/policy (OWNERONLY_POLICY)"*"[r]"* ]]
    OWNERONLY_POLICY=/nowhere run -0 "$owneronly" check policy
    [ -e /etc/owneronly.conf ] && skip "this system has a policy of its own"
    run -0 "$owneronly" check
    [[ $output == "# policy: built in, since there is no /etc/owneronly.conf"*"# built in"* ]]
    run -0 "$owneronly" check -m c
    [[ $output == "# policy: OWNERONLY_MATCH, then built in"*"# OWNERONLY_MATCH"*"match = c"*"# built in"* ]]
}

@test "501: the system's policy" {
    need_mounts
    [ ! -e /etc/owneronly.conf ] || skip "this system has a policy of its own"
    printf '[site]\nmatch = a\n' >policy
    mkdir upper work_directory
    run -0 unshare -m sh -c 'mount -t overlay overlay -o "lowerdir=/etc,upperdir=$1/upper,workdir=$1/work_directory" /etc &&
        cp "$1/policy" /etc/owneronly.conf && exec "$2" check' sh "$PWD" "$owneronly"
    [[ $output == "# policy: /etc/owneronly.conf and /etc/owneronly.conf.d (the system's)"*"# /etc/owneronly.conf:1
[site]"* ]]
}

@test "504 505 509: the mode, the log and the report" {
    run -0 "$owneronly" check
    [[ $output == *"# mode: enforce
# log: refusals, to standard error"* ]]
    OWNERONLY_MODE=observe OWNERONLY_LOG=$PWD/y run -0 "$owneronly" check
    [[ $output == *"# mode: observe
# log: every decision, to $PWD/y"* ]]
    [ ! -e y ]
    for variable in OWNERONLY_POLICY=/nowhere OWNERONLY_MATCH=x; do
        run -0 env OWNERONLY_MODE=off "$variable" "$owneronly" check
        [ "${lines[0]}" = '# policy: none is read, since OWNERONLY_MODE is off' ]
        run -0 env OWNERONLY_MODE=off "$variable" "$owneronly" explain x
        [ "${lines[1]}" = '  left alone: OWNERONLY_MODE is off, so no policy is read' ]
    done
    OWNERONLY_MODE=off OWNERONLY_POLICY=/nowhere run -0 "$owneronly" check
    [[ $output == *"# mode: off"* ]]
    OWNERONLY_LOG=/x/y run -1 --separate-stderr "$owneronly" check
    [[ $output == *"# log: every decision, to /x/y"* ]]
    [ "$stderr" = "owneronly: OWNERONLY_LOG: /x/y: cannot be read: ENOENT" ]
    OWNERONLY_REPORT=$PWD/report run -1 --separate-stderr "$owneronly" check
    [ "$stderr" = "owneronly: OWNERONLY_REPORT: $PWD/report: is not there, and the library makes none" ]
    : >report
    OWNERONLY_REPORT=$PWD/report run -0 "$owneronly" check
    OWNERONLY_LOG=syslog run -0 "$owneronly" check
    [[ $output == *"# log: every decision, to syslog"* ]]
}

@test "502: what the library refuses is refused in the same words" {
    printf '[r]\nmatch = *.key\nfoo = 1\n' >bad
    refused_alike "OWNERONLY_POLICY=$PWD/bad"
    refused_alike OWNERONLY_POLICY=/nowhere
    refused_alike OWNERONLY_POLICY=relative
    refused_alike OWNERONLY_MATCH=a::b
    refused_alike OWNERONLY_MODE=odd
    refused_alike OWNERONLY_LOG=odd
    printf 'include bad\n' >outer
    refused_alike "OWNERONLY_POLICY=$PWD/outer"
    printf '[r]\nmatch = *.key\n' >bad
    chmod 666 bad
    refused_alike "OWNERONLY_POLICY=$PWD/outer"
    # The control: mended, both take it.
    chmod 644 bad
    library_says "OWNERONLY_POLICY=$PWD/outer"
    run -0 "$owneronly" check outer
}

@test "502: globs that mean something else than was meant are named by check and at start, alike" {
    count=0
    for glob in '"*.tok"' "'a b'" '*.{pem,key}' '*.a, *.b' '*.a,*.b' '*.a;' '~bob/.netrc' '$HOME/.netrc' \
        '/dev/shm/*.tok' "$(printf '%256s' '' | tr ' ' x)"; do
        printf '[r]\nmatch = ok\nexcept = %s\n' "$glob" >bad
        refused_alike "OWNERONLY_POLICY=$PWD/bad"
        [[ $stderr == "owneronly: $PWD/bad:3: glob '"* ]]
        refused_alike "OWNERONLY_MATCH=$glob"
        [[ $stderr == "owneronly: OWNERONLY_MATCH: glob '"* ]]
        [ "$(wc -l <<<"$stderr")" = 1 ]
        count=$((count + 1))
    done
    [ "$count" = 10 ]
    # The control: with a backslash it is meant, and protects.
    printf '[r]\nmatch = *.\\{pem\\,key\\} \\"*.tok\\"\n' >good
    run -0 "$owneronly" check good
    "$owneronly" -p good sh -c 'echo >"a.{pem,key}"; echo >"\"b.tok\""'
    mode_is 600 'a.{pem,key}'
    mode_is 600 '"b.tok"'
}

@test "a glob that matches nearly every name gets a warning, which keeps the policy as it is" {
    printf '[r]\nmatch = * *.key\nexcept = *\n[s]\nmatch = [!.]* d/*\n' >policy
    run -0 "$owneronly" check policy
    [ "$(grep -c '^# warning: this matches nearly every name that a program writes$' <<<"$output")" = 2 ]
    [[ $output == *"# warning: this matches nearly every name that a program writes
match = *
match = *.key
except = *"* ]]
    "$owneronly" check policy >shown
    "$owneronly" check shown >again
    diff <(without_places <shown) <(without_places <again)
    # The control: without such a glob there is none.
    printf '[r]\nmatch = *.key d/*\n' >policy
    run -0 "$owneronly" check policy
    [[ $output != *warning* ]]
}

@test "names of databases and locks get a warning, but not where they are excepted, or written in place" {
    for rule in 'match = *.db' 'match = data*' 'match = *.d?' $'match = *.db\nexcept = *.sqlite'; do
        printf '[a]\n%s\n' "$rule" >policy
        run -0 "$owneronly" check policy
        [[ $output == *"# warning: names of databases or lock files match: *.db"* ]]
    done
    for rule in 'match = *.json' 'match = **' $'match = *.db\nexcept = *.db' $'match = *.db\nin-place = always'; do
        printf '[a]\n%s\n' "$rule" >policy
        run -0 "$owneronly" check policy
        [[ $output != *databases* ]]
    done
}

@test "a bad FILE is refused, also under a library that has a good policy" {
    printf '[r]\nmatch = *.key\nfoo = 1\n' >bad
    run -1 "$owneronly" "$owneronly" check bad
    [[ $output == "owneronly: $PWD/bad:3: unknown key 'foo'"* ]]
}

@test "a command that is named like one of ours runs after --" {
    mkdir bin
    for name in check explain doctor audit status; do
        printf '#!/bin/sh\necho "program %s $*"\n' $name >bin/$name
    done
    chmod +x bin/*
    for name in check explain doctor audit status; do
        PATH=$PWD/bin:$PATH run -0 "$owneronly" -- $name x
        [ "$output" = "program $name x" ]
        # Only the very first word is looked at.
        PATH=$PWD/bin:$PATH run -0 "$owneronly" -m y $name x
        [ "$output" = "program $name x" ]
    done
    PATH=$PWD/bin:$PATH run -0 "$owneronly" check
    [[ $output == "# policy: "* ]]
}

@test "without its program the wrapper says so" {
    rm "$work/tree/libexec/owneronly/owneronly-inspect"
    run -125 "$owneronly" check
    [ "$output" = "owneronly: owneronly-inspect was not found; is the installation complete?" ]
}

@test "the program is found beside the library as well" {
    mkdir -p "$work/tree/lib/x86_64-linux-gnu/owneronly"
    mv "$work/tree/libexec/owneronly/owneronly-inspect" "$work/tree/lib/x86_64-linux-gnu/owneronly"
    run -0 "$owneronly" check
    run -2 "$work/tree/lib/x86_64-linux-gnu/owneronly/owneronly-inspect" check
    [[ $output == *"is run by owneronly"* ]]
}

@test "where no process can be started to read the policy it says so, and it cannot be told" {
    run -3 alone check
    [ "$output" = "owneronly check: no child process to read the policy: EAGAIN, Resource temporarily unavailable" ]
    # The control: with a process to spare it is told.
    run -0 "$owneronly" check
}
