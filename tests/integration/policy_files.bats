#!/usr/bin/env bats
# Where the policy comes from, and what is refused: contract 501 to 504.
# SPDX-License-Identifier: Apache-2.0

load helper

# A program with this environment is refused: exit 125, the message, and it did not start.
refused() {
    local message=$1
    shift
    rm -f started
    run -125 env "$@" LD_PRELOAD="$preload" touch started
    echo "$output"
    [ ! -e started ]
    grep -qE -- "$message" <<<"$output"
    [ "$(grep -c . <<<"$output")" -eq 1 ]
}

# The same for a policy file with this text.
refused_text() {
    printf '%b' "$2" >policy
    refused "^owneronly: $work/policy:$1" "OWNERONLY_POLICY=$work/policy"
}

setup() {
    common_setup
    cd "$work"
    printf '[r]\nmatch = *.json\n' >good
}

@test "502: the control: a good policy lets the program start" {
    env "OWNERONLY_POLICY=$work/good" LD_PRELOAD="$preload" touch started
    [ -e started ]
}

@test "502: what is said of a path plays no tricks on a terminal" {
    local path=$work/$'one\n\e[31mtwo'
    refused "^owneronly: $work/one\\\\x0a\\\\x1b\\[31mtwo: cannot be read: ENOENT$" "OWNERONLY_POLICY=$path"
    printf 'include nowhere\n' >"$path"
    refused ", included in $work/one\\\\x0a\\\\x1b\\[31mtwo:1$" "OWNERONLY_POLICY=$path"
}

@test "501 504 505: a variable that is empty is none, each alone and all of them" {
    local name all=()
    for name in POLICY MATCH MODE LOG REPORT; do
        rm -f started
        env "OWNERONLY_POLICY=$work/good" "OWNERONLY_$name=" LD_PRELOAD="$preload" touch started
        [ -e started ]
        all+=("OWNERONLY_$name=")
    done
    rm -f started
    env "${all[@]}" LD_PRELOAD="$preload" touch started
    [ -e started ]
}

@test "502: every kind of bad text: file, line, what was found, what would be right" {
    refused_text "3: unknown key 'symlnk'.*symlink" '[r]\nmatch = *.json\nsymlnk = refuse\n'
    refused_text "3: .*'maybe'.*(replace|refuse).*follow" '[r]\nmatch = *.json\nsymlink = maybe\n'
    refused_text "3: .*0644" '[r]\nmatch = *.json\nmode = 0644\n'
    refused_text "3: .*names no group" '[r]\nmatch = *.json\nmode = 0640\n'
    refused_text "3: .*'nosuchgroup'" '[r]\nmatch = *.json\ngroup = nosuchgroup\n'
    refused_text "1: .*match" 'match = *.json\n'
    refused_text "1: " '[r\nmatch = *.json\n'
    refused_text "[0-9]: .*match" '[r]\nmode = 0600\n'
    refused_text "2: .*\\[" '[r]\nmatch = *.[json\n'
    refused_text "4: .*mode" '[r]\nmatch = *.json\nmode = 0600\nmode = 0400\n'
    refused_text "2: " '[r]\nnonsense\n'
    refused_text "[0-9]*:? .*" ''
}

@test "502: a file that others can write, or that is another's" {
    cp good policy
    chmod 620 policy
    refused "^owneronly: $work/policy: is writable by group" "OWNERONLY_POLICY=$work/policy"
    chmod 602 policy
    refused "^owneronly: $work/policy: is writable by" "OWNERONLY_POLICY=$work/policy"
    chmod 644 policy
    if [ "$(id -u)" = 0 ]; then
        chown 65534 policy
        refused "^owneronly: $work/policy: is owned by another" "OWNERONLY_POLICY=$work/policy"
    fi
}

@test "502: a file that is not there, not readable, or no file" {
    refused "^owneronly: /nowhere/policy: cannot be read: ENOENT" OWNERONLY_POLICY=/nowhere/policy
    refused "^owneronly: /etc: is not a regular file" OWNERONLY_POLICY=/etc
    refused "^owneronly: OWNERONLY_POLICY: is not an absolute path" OWNERONLY_POLICY=good
    if [ "$(id -u)" != 0 ]; then
        chmod 000 good
        refused "cannot be read: EACCES" "OWNERONLY_POLICY=$work/good"
    fi
}

# A policy that includes another one, which the rest of the arguments spoil.
including() {
    printf '[a]\nmatch = *.a\n' >policy
    printf '# comment\ninclude part\n\n[z]\nmatch = *.json *.z\n' >>policy
    printf '[b]\nmatch = *.b *.json\nmode = 0400\n' >part
}

@test "507: an included file counts where it is included" {
    including
    settings+=("OWNERONLY_POLICY=$work/policy")
    act() { python 'for n in ("1.a", "1.b", "1.json", "1.z", "1"): open(n, "w").write("x")'; }
    holds() {
        mode_is 600 1.a && mode_is 400 1.b && mode_is 400 1.json && mode_is 600 1.z && mode_is 644 1
    }
    both_ways
}

@test "502 507: an included file is refused like the file itself, with its name and who includes it" {
    including
    env "OWNERONLY_POLICY=$work/policy" LD_PRELOAD="$preload" true
    chmod 620 part
    refused "^owneronly: $work/part: is writable by group.*, included in $work/policy:4$" \
        "OWNERONLY_POLICY=$work/policy"
    chmod 644 part
    if [ "$(id -u)" = 0 ]; then
        chown 65534 part
        refused "^owneronly: $work/part: is owned by another.*, included in $work/policy:4$" \
            "OWNERONLY_POLICY=$work/policy"
        chown 0 part
    fi
    printf '[b]\nfoo = x\n' >part
    refused "^owneronly: $work/part:2: unknown key 'foo'" "OWNERONLY_POLICY=$work/policy"
    printf '# nothing\n' >part
    refused "^owneronly: $work/part:1: no rule" "OWNERONLY_POLICY=$work/policy"
    printf '[a]\nmatch = x\n' >part
    refused "^owneronly: $work/part:1: rule 'a' is there already, in line 1 of $work/policy$" \
        "OWNERONLY_POLICY=$work/policy"
    rm part
    refused "^owneronly: $work/part: cannot be read: ENOENT, included in $work/policy:4$" \
        "OWNERONLY_POLICY=$work/policy"
    mkdir part
    refused "^owneronly: $work/part: is not a regular file, included in $work/policy:4$" \
        "OWNERONLY_POLICY=$work/policy"
}

@test "507: a key behind an include belongs to no rule" {
    including
    printf '[a]\nmatch = *.a\ninclude part\nmode = 0400\n' >policy
    refused "^owneronly: $work/policy:4: key 'mode' stands before the first rule" \
        "OWNERONLY_POLICY=$work/policy"
    printf '[a]\ninclude part\n' >policy
    refused "^owneronly: $work/policy:1: rule 'a' has no match" "OWNERONLY_POLICY=$work/policy"
}

@test "507: files that include themselves, too deep, or too many" {
    echo 'include policy' >policy
    refused "^owneronly: $work/policy: includes itself, included in $work/policy:1$" \
        "OWNERONLY_POLICY=$work/policy"
    # By another name, in two steps.
    mkdir d
    ln -s "$work/policy" d/again
    echo "include $work/d/again" >d/part
    echo 'include d/part' >policy
    refused "^owneronly: $work/d/again: includes itself, included in $work/d/part:1$" \
        "OWNERONLY_POLICY=$work/policy"
    for i in 0 1 2 3 4 5 6 7 8; do echo "include $((i + 1))" >$i; done
    cp good 8
    refused "^owneronly: $work/7:1: includes more than 8 files deep" "OWNERONLY_POLICY=$work/0"
    env "OWNERONLY_POLICY=$work/1" LD_PRELOAD="$preload" true
    for i in $(seq 64); do
        printf '[r%d]\nmatch = %d\n' "$i" "$i" >"p$i"
        echo "include p$i"
    done >policy
    refused "^owneronly: $work/policy:64: is one file more than" "OWNERONLY_POLICY=$work/policy"
    sed -i 64d policy
    env "OWNERONLY_POLICY=$work/policy" LD_PRELOAD="$preload" true
}

@test "502 504 505: bad words in the other variables" {
    refused "OWNERONLY_MODE: must be 'enforce', 'observe' or 'off'" OWNERONLY_MODE=obsreve
    refused "OWNERONLY_LOG: must be 'stderr', 'syslog' or an absolute path" OWNERONLY_LOG=log
    refused "OWNERONLY_MATCH: .*\\[" 'OWNERONLY_MATCH=*.[json'
    refused "OWNERONLY_MATCH: " 'OWNERONLY_MATCH=*.json::x'
}

@test "501: OWNERONLY_MATCH: globs separated by colons" {
    settings+=('OWNERONLY_MATCH=*.key:token')
    act() { python 'for n in ("a.key", "token", "c"): open(n, "w").write("x")'; }
    holds() { mode_is 600 a.key && mode_is 600 token && mode_is 644 c; }
    both_ways
}

@test "501: OWNERONLY_MATCH adds rules before the policy of OWNERONLY_POLICY" {
    printf '[r]\nmatch = *.json *.key\nmode = 0400\n' >"$work/policy"
    settings+=("OWNERONLY_POLICY=$work/policy" 'OWNERONLY_MATCH=*.key')
    act() { python 'for n in ("a.key", "b.json", "c"): open(n, "w").write("x")'; }
    holds() { mode_is 600 a.key && mode_is 400 b.json && mode_is 644 c; }
    both_ways
}

@test "501: OWNERONLY_MATCH adds rules before the built-in one, which still wants JSON" {
    [ ! -e /etc/owneronly.conf ] || skip "this system has a policy of its own"
    settings+=('OWNERONLY_MATCH=*_token.json')
    act() {
        python 'for n in ("a_token.json", F): open(n, "w").write("[1]")
try:
    with open("b" + F, "w") as f: f.write("[")
except OSError: open("refused", "w").close()'
    }
    holds() { mode_is 600 a_token.json && mode_is 600 "$F" && [ -e refused ] && [ ! -e "b$F" ]; }
    both_ways
}

# Runs it where /etc has what stands below $work/etc as well.
with_etc() {
    mkdir -p "$work/etc" "$work/overlay"
    in_name_space "mount -t overlay overlay -o lowerdir=$work/etc:/etc /etc" "$@"
}

writes() {
    with_etc "$PYTHON" -c 'for n in ("x.main", "x.ten", "x.two", "x.key", "x"): open(n, "w").write("[]")'
}

@test "501: /etc/owneronly.conf, then the drop-ins in the order of their names; OWNERONLY_MATCH before them" {
    need_mounts
    mkdir -p etc/owneronly.conf.d
    printf '[main]\nmatch = *.main\nmode = 0400\n' >etc/owneronly.conf
    printf '[two]\nmatch = *.two *.main\n' >etc/owneronly.conf.d/2.conf
    printf '[ten]\nmatch = *.ten *.two\nmode = 0200\n' >etc/owneronly.conf.d/10.conf
    for name in .hidden.conf 5.conf~ 5.conf.dpkg-old conf; do
        echo nonsense >"etc/owneronly.conf.d/$name"
    done
    settings+=('OWNERONLY_MATCH=*.key')
    act() { writes; }
    holds() { mode_is 400 x.main && mode_is 200 x.ten && mode_is 200 x.two && mode_is 600 x.key && mode_is 644 x; }
    both_ways
}

@test "501: drop-ins alone are the system's policy; one may hold comments only" {
    need_mounts
    mkdir -p etc/owneronly.conf.d
    printf '[ten]\nmatch = *.ten\n' >etc/owneronly.conf.d/10.conf
    printf '# off: [two]\n' >etc/owneronly.conf.d/20.conf
    act() { writes; }
    holds() { mode_is 600 x.ten && mode_is 644 x.two; }
    both_ways
}

@test "501 502: what is wrong in a drop-in, or with the directory, is refused" {
    need_mounts
    mkdir -p etc/owneronly.conf.d
    touches() { column=with with_etc touch started; }
    printf '[ten]\nmatch = *.ten\nmode = 0644\n' >etc/owneronly.conf.d/10.conf
    run -125 touches
    stderr_has "^owneronly: /etc/owneronly.conf.d/10.conf:3: mode '0644' grants others"
    printf '# nothing\n' >etc/owneronly.conf.d/10.conf
    run -125 touches
    stderr_has "^owneronly: /etc/owneronly.conf.d: no rule"
    rm -r etc/owneronly.conf.d
    touch etc/owneronly.conf.d
    run -125 touches
    stderr_has "^owneronly: /etc/owneronly.conf.d: cannot be read: ENOTDIR"
    rm etc/owneronly.conf.d
    ln -s /nowhere etc/owneronly.conf
    run -125 touches
    stderr_has "^owneronly: /etc/owneronly.conf: cannot be read: ENOENT"
    [ ! -e started ]
    # The control: without any of it the program starts.
    rm etc/owneronly.conf
    run -0 touches
    [ -e started ]
}

@test "504: observe mode changes nothing, and logs every decision" {
    settings+=('OWNERONLY_MODE=observe')
    act() { echo '[]' >other; python 'open(F, "w").write("{"); os.rename("other", F)'; }
    holds() {
        mode_is 644 "$F" && content_is '[]' "$F" && stderr_has 'action=observe-write result=ok' &&
            stderr_has 'action=observe-arrival result=ok'
    }
    both_ways
}

@test "504: off: nothing is protected, whatever the policy and the log, and one line in the log says so" {
    settings+=(OWNERONLY_MODE=off OWNERONLY_POLICY=/nowhere "OWNERONLY_LOG=$work/log" "OWNERONLY_MATCH=[")
    act() {
        printf 'secret' >other
        python 'open(F, "w").write("{"); os.rename("other", "b" + F); os.chmod(F, 0o640)'
    }
    holds() {
        mode_is 640 "$F" && content_is '{' "$F" && mode_is 644 "b$F" && [ "$(wc -l <"$work/log")" = 1 ] &&
            grep -q 'program="python3" rule="" path="" action=off result=ok reason="OWNERONLY_MODE=off' "$work/log"
    }
    both_ways
    # The control: the same without the switch does not start.
    settings=("${settings[@]:1}")
    column=with
    run -125 python 'pass'
    # Without a log there is none.
    settings=(OWNERONLY_MODE=off)
    python 'open("b" + F, "w").write("{")'
    [ ! -s "$work/stderr" ]
}

# The loader's own file in a name space of its own: every program there has the library.
loaded_by_file() {
    [ -z "${OWNERONLY_PRELOAD_FIRST:-}" ] || skip "not with a sanitizer's run time"
    [ ! -e /etc/ld.so.preload ] || skip "this machine has preloads"
    mkdir -p "$work/loader"
    echo "$library" >"$work/loader/ld.so.preload"
    unshare -m sh -c 'mount -t overlay overlay -o "lowerdir=$1/loader:/etc" /etc && shift && exec "$@"' sh "$work" "$@"
}

@test "504: off reaches children with an emptied environment, where the library is loaded by a file" {
    need_mounts
    cd "$work"
    write='import sys; open(sys.argv[1], "w").write("[]")'
    loaded_by_file env OWNERONLY_MODE=off "$PYTHON" -c 'import os, sys
os.execve("/bin/sh", ["sh", "-c", "exec \"$@\"", "sh"] + sys.argv[1:], {})' "$PYTHON" -c "$write" "$F"
    mode_is 644 "$F"
    # The controls: it is loaded, and a child that says another mode has it.
    loaded_by_file env -i "$PYTHON" -c "$write" "a$F"
    mode_is 600 "a$F"
    loaded_by_file env OWNERONLY_MODE=off env OWNERONLY_MODE=enforce "$PYTHON" -c "$write" "b$F"
    mode_is 600 "b$F"
}

@test "503: a set-id program ignores the environment" {
    need_native
    need_root
    cp "$(command -v touch)" setuid_touch
    chmod 4755 setuid_touch
    chmod 777 .
    # The loader ignores our path then, so the bad policy cannot stop it.
    env OWNERONLY_POLICY=/nowhere LD_PRELOAD="$preload" \
        setpriv --reuid=65534 --regid=65534 --clear-groups true && false
    setpriv --reuid=65534 --regid=65534 --clear-groups \
        env OWNERONLY_POLICY=/nowhere LD_PRELOAD="$preload" ./setuid_touch started
    [ -e started ]
}

@test "an LD_PRELOAD that was there is kept, and both are loaded" {
    other=$(ldconfig -p 2>/dev/null | awk '/libm\.so\.6.*=>/ { print $NF; exit }')
    [ -n "$other" ] || other=/lib/$(uname -m)-linux-gnu/libm.so.6
    run env LD_PRELOAD="${OWNERONLY_PRELOAD_FIRST:+$OWNERONLY_PRELOAD_FIRST:}$other" \
        "$build/bin/owneronly" cat /proc/self/maps
    [[ $output == *libm* && $output == *libowneronly.so* ]]
}
