#!/usr/bin/env bats
# Where the library stands among others in a process: its constructor comes first, and who stands before
# it is named (506).
# SPDX-License-Identifier: Apache-2.0

load helper

setup() {
    common_setup
    settings+=(OWNERONLY_LOG="$work/log")
    : >"$work/log"
    need_native
}

# A library of the source on standard input.
make_library() {
    command -v cc >/dev/null || skip "no compiler"
    cc -shared -fPIC -w -x c -o "$work/$1" -
}

@test "506: who stands before the library and defines what it hooks is named, with what it defines" {
    make_library libgreedy.so <<<'int open(void) { return -1; } int fsync(int fd) { return 0; } int other(void) { return 0; }'
    # A command that opens nothing.
    act() {
        local ours=$preload
        preload="$work/libgreedy.so:$ours"
        subject sh -c 'kill -0 $$'
        preload=$ours
    }
    holds() {
        log_has "path=\"$work/libgreedy.so\" action=preceded result=ok reason=\"stands before .*: open fsync\"" &&
            [ ! -s "$work/stderr" ] && [ "$(wc -l <"$work/log")" = 1 ]
    }
    both_ways
}

@test "506: six of its functions are named, and how many more there are" {
    six='creat truncate sendfile splice fsync fdatasync'
    for name in $six; do echo "int $name(void) { return -1; }"; done >"$work/six.c"
    make_library libsix.so <"$work/six.c"
    make_library libeight.so < <(cat "$work/six.c" - <<<'int daemon(void) { return -1; } int pclose(void) { return -1; }')
    act() {
        local ours=$preload
        preload="$work/libsix.so:$work/libeight.so:$ours"
        subject sh -c 'kill -0 $$'
        preload=$ours
    }
    holds() { log_has "libsix.so\" .*: $six\"$" && log_has "libeight.so\" .*: $six and 2 more\"$"; }
    both_ways
}

@test "506 505: a line that has no room for all of these ends all the same" {
    long=$work/$(printf '%150s/%150s' '' '' | tr ' ' '\001')
    mkdir -p "$long"
    for name in copy_file_range clearerr_unlocked posix_spawn_file_actions_{init,destroy,addopen,adddup2}; do
        echo "int $name(void) { return -1; }"
    done | make_library liblong.so
    mv "$work/liblong.so" "$long"
    act() {
        local ours=$preload
        preload="$long/liblong.so:$ours"
        subject sh -c 'kill -0 $$'
        preload=$ours
        subject sh -c "echo '[]' >$F"
    }
    # What is cut is the end, here.
    holds() {
        [ "$(wc -l <"$work/log")" = 2 ] && [ "$(grep -c '^owneronly: time=' "$work/log")" = 2 ] &&
            log_has "action=preceded .*[a-z]\$" && log_has 'action=publish'
    }
    both_ways
}

@test "506: without a log it is named on standard error if it could keep a close to itself" {
    make_library libclosing.so <<<'int close(int fd) { return 0; }'
    make_library libsyncing.so <<<'int fsync(int fd) { return 0; }'
    settings=()
    act() {
        local ours=$preload
        preload="$work/libsyncing.so:$work/libclosing.so:$ours"
        subject sh -c 'kill -0 $$'
        preload=$ours
    }
    holds() { [ "$(grep -oE '^owneronly: |lib[a-z]*\.so" action=preceded' "$work/stderr")" = $'owneronly: \nlibclosing.so" action=preceded' ]; }
    both_ways
}

@test "506: who stands behind it, defines nothing of that, or is a sanitizer's run time is not named" {
    make_library libgreedy.so <<<'int fsync(int fd) { return 0; }'
    make_library libasan.so.9 <<<'int fsync(int fd) { return 0; }'
    make_library libmodest.so <<<'int other(void) { return 0; }'
    only_with_reason="the control is the library that is named"
    act() {
        local ours=$preload
        preload="$work/libasan.so.9:$work/libmodest.so:$ours:$work/libgreedy.so"
        subject sh -c 'kill -0 $$'
        [ ! -s "$work/log" ] && [ ! -s "$work/stderr" ] && echo silent
        preload="$work/libgreedy.so:$ours"
        subject sh -c 'kill -0 $$'
        preload=$ours
    } >answer
    holds() { content_is silent answer && log_has 'action=preceded'; }
    only_with "$only_with_reason"
}

@test "506: the constructor runs before those of others, which can't change what it is told" {
    [ -z "${OWNERONLY_PRELOAD_FIRST:-}" ] || skip "not with a sanitizer's run time"
    make_library libscrub.so <<<'#include <stdlib.h>
        __attribute__((constructor)) static void scrub(void) { unsetenv("LD_PRELOAD"); unsetenv("OWNERONLY_POLICY"); }'
    printf 'keep-loaded = yes\n[rule]\nmatch = *.token\n' >"$work/policy"
    settings+=("OWNERONLY_POLICY=$work/policy")
    for order in before behind; do
        rm -rf "$work/without" "$work/with"
        act() {
            local ours=$preload
            [ "$order" = behind ] || preload="$work/libscrub.so:$ours"
            [ "$order" = before ] || preload="$ours:$work/libscrub.so"
            [ "$column" = with ] || preload=$work/libscrub.so
            column=with subject "$PYTHON" -c 'import os
os.execv("/bin/sh", ["sh", "-c", "echo x > a.token"])'
            preload=$ours
        }
        holds() { mode_is 600 a.token; }
        both_ways
    done
}

@test "303: a hand-over is taken over before another constructor can take it away" {
    [ -z "${OWNERONLY_PRELOAD_FIRST:-}" ] || skip "not with a sanitizer's run time"
    make_library libscrub.so <<<'#include <stdlib.h>
        __attribute__((constructor)) static void scrub(void) { clearenv(); }'
    act() {
        local chain=$work/libscrub.so
        [ "$column" = without ] || chain="$preload:$chain"
        subject_under 0 bash -c "export LD_PRELOAD=$chain; exec cat <<<'[1]' > $F"
    }
    holds() { content_is '[1]' "$F" && mode_is 600 "$F"; }
    settings=()
    both_ways
}

@test "101: functions are found behind a library of thousands of others" {
    # It reads the paths that are passed here, at addresses where nothing is.
    [ -z "${OWNERONLY_PRELOAD_FIRST:-}" ] || skip "not with a sanitizer's run time"
    make_library libmany.so < <(for ((i = 0; i < 4000; i++)); do echo "int many_$i(void) { return $i; }"; done)
    act() {
        local ours=$preload
        preload="$ours:$work/libmany.so"
        subject "$programs/refused" "$F" >answers || rc=$?
        subject "$PYTHON" -c "open('$F', 'w').write('[]')" || rc=$?
        preload=$ours
    }
    holds() { [ "$rc" = 0 ] && content_is '[]' "$F" && mode_is 600 "$F"; }
    both_ways
}
