#!/usr/bin/env bats
# The wrapper: owneronly(1).
# SPDX-License-Identifier: Apache-2.0

load helper

setup() {
    common_setup
    cd "$work"
    mkdir -p tree/bin tree/lib/owneronly tree/libexec/owneronly
    cp "$build/bin/owneronly" tree/bin/owneronly
    cp "$build/libexec/owneronly/owneronly-inspect" tree/libexec/owneronly/
    cp "$library" tree/lib/owneronly/
    wrapper=$work/tree/bin/owneronly
    export LD_PRELOAD=${OWNERONLY_PRELOAD_FIRST:-}
    [ -n "$LD_PRELOAD" ] || unset LD_PRELOAD
}

@test "the command runs preloaded, by the built-in rule" {
    "$wrapper" "$PYTHON" -c "open('$F', 'w').write('[]')"
    mode_is 600 "$F"
    "$PYTHON" -c "open('other_$F', 'w').write('[]')"
    mode_is 644 "other_$F"
}

@test "501: -m, repeated: protects these as well, before what the policy in force protects" {
    printf '[r]\nmatch = *.json *.key\nmode = 0400\n' >policy
    OWNERONLY_POLICY=$work/policy OWNERONLY_MATCH='*.pem' "$wrapper" -m '*.key' --match='b c' --match token -- \
        "$PYTHON" -c "for n in ('a.key', 'token', 'x.json', 'x.pem', 'x'): open(n, 'w').write('x')"
    mode_is 600 a.key
    mode_is 600 token
    mode_is 400 x.json
    mode_is 600 x.pem
    mode_is 644 x
    "$wrapper" -m '*.key2' "$PYTHON" -c "open('$F', 'w').write('[]')"
    mode_is 600 "$F"
    "$wrapper" -m '*.key3' -p policy "$PYTHON" -c "for n in ('y.key3', 'y.json'): open(n, 'w').write('x')"
    mode_is 600 y.key3
    mode_is 400 y.json
}

@test "501: a policy of the environment by a relative path, for a command that changes directory" {
    printf '[r]\nmatch = *.key\nmode = 0400\n' >policy
    OWNERONLY_POLICY=policy "$wrapper" sh -c 'mkdir d; cd d; echo x >a.key'
    mode_is 400 d/a.key
    # The control: the library itself takes none.
    run -125 env OWNERONLY_POLICY=policy LD_PRELOAD="${LD_PRELOAD:+$LD_PRELOAD:}$library" true
}

@test "-p: a policy by a relative path, also for a command that changes directory" {
    printf '[r]\nmatch = *.key\nmode = 0400\n' >policy
    "$wrapper" -p policy sh -c 'mkdir d; cd d; echo x > a.key; echo x > b'
    mode_is 400 d/a.key
    mode_is 644 d/b
}

@test "a relative path where the working directory is gone is 125, and nothing is taken from the root" {
    for words in '-p x' '--log x'; do
        mkdir gone
        # shellcheck disable=SC2086,SC2016
        run -125 sh -c 'cd gone && rmdir ../gone && exec "$@"' sh "$wrapper" $words sh -c "echo x >$work/$F"
        [[ $output == *"owneronly: the working directory is gone, so this leads nowhere: x"* ]]
    done
    mkdir gone
    # shellcheck disable=SC2016
    run -125 sh -c 'cd gone && rmdir ../gone && OWNERONLY_POLICY=x exec "$1" true' sh "$wrapper"
    [[ $output == *"leads nowhere: x"* ]]
    [ ! -e "$F" ] && [ ! -e /x ]
}

@test "--observe changes nothing; --log takes a relative path" {
    "$wrapper" --observe --log decisions sh -c "mkdir d; cd d; echo x > $F"
    mode_is 644 "d/$F"
    grep -q 'action=observe-write' decisions
}

@test "exit status: the command's own, 126 not executable, 127 not found, 128+n for signals" {
    run -0 "$wrapper" true
    run -7 "$wrapper" sh -c 'exit 7'
    touch plain
    run -126 "$wrapper" ./plain
    run -127 "$wrapper" ./nowhere
    run -127 "$wrapper" ''
    for command in ./plain/x ./plain/x/y ./plain/; do
        run -126 env "$command"
        run -126 --separate-stderr "$wrapper" "$command"
        [ "$stderr" = "owneronly: $command: not a directory" ]
        run -126 "$wrapper" --report "$command"
    done
    run -127 "$wrapper" ./nowhere/x
    run -127 "$wrapper" /nowhere
    # A directory of PATH that can't be searched would make it 126, as in env(1).
    PATH=/usr/bin:/bin run -127 "$wrapper" no-such-command
    run -143 sh -c "'$wrapper' sh -c 'kill -TERM \$\$'"
}

@test "wrong usage is 125, and says what is wrong" {
    run -125 "$wrapper"
    [[ $output == *"no command given"* ]]
    run -125 "$wrapper" --nonsense true
    [[ $output == *"--nonsense"* ]]
    run -125 "$wrapper" -m
    [[ $output == *"-m"* ]]
    run -125 "$wrapper" -m '*.a:*.b' true
    [[ $output == *"colon"* ]]
    run -125 "$wrapper" -m '' true
    run -125 "$wrapper" -m a\\ -m b true
    [[ $output == *"backslash"* ]]
    run -125 "$wrapper" -m '[a' -m 'b]' true
    [[ $output == *"without its ']'"* ]]
    run -0 "$wrapper" -m 'a\[b' -m '[[x]' -m '[]]' true
    run -125 "$wrapper" --log '' true
}

@test "a bad policy is 125, with file and line, and the command does not start" {
    printf '[r]\nmatch = *.key\nfoo = 1\n' >policy
    run -125 "$wrapper" -p policy touch started
    [[ $output == *"$work/policy:3: unknown key 'foo'"* ]]
    [ "${#lines[@]}" = 1 ]
    [ ! -e started ]
    run -125 "$wrapper" -p missing touch started
    [ ! -e started ]
}

@test "a library that is missing, or can't be loaded, is 125" {
    mv tree/lib/owneronly/libowneronly.so kept
    run -125 "$wrapper" touch started
    [[ $output == *"not found"* ]]
    echo 'no ELF file' >tree/lib/owneronly/libowneronly.so
    run -125 "$wrapper" touch started
    [[ $output == *"could not be loaded"* ]]
    [ ! -e started ]
}

@test "a library whose path LD_PRELOAD can't hold is 125" {
    for bad in 'with space' 'with:colon' $'with\ttab'; do
        cp -r tree "$bad"
        run -125 "./$bad/bin/owneronly" touch started
        [[ $output == *"white space"* ]]
        [ ! -e started ]
    done
}

@test "506: the library comes before other preloads, but behind a sanitizer's run time, and once" {
    local library=$work/tree/lib/owneronly/libowneronly.so
    export LD_PRELOAD="libm.so.6 ${LD_PRELOAD:-}"
    run -0 "$wrapper" "$wrapper" sh -c 'echo "$LD_PRELOAD"'
    [ "$output" = "${OWNERONLY_PRELOAD_FIRST:+$OWNERONLY_PRELOAD_FIRST:}$library:libm.so.6" ]
    LD_PRELOAD="libm.so.6:$LD_PRELOAD:$library" \
        run -0 "$wrapper" sh -c 'echo "$LD_PRELOAD"'
    [ "$output" = "${OWNERONLY_PRELOAD_FIRST:+$OWNERONLY_PRELOAD_FIRST:}$library:libm.so.6:libm.so.6" ]
}

@test "506: every sanitizer's run time stays first, and nothing else that is called like one" {
    local library=$work/tree/lib/owneronly/libowneronly.so
    for name in libasan.so.8 libtsan.so.2 liblsan.so.0 libubsan.so.1 libhwasan.so.0 libclang_rt.tsan.so; do
        # No file: the loader says so, and goes on.
        LD_PRELOAD="libm.so.6:/nowhere/$name" run -0 --separate-stderr "$wrapper" sh -c 'echo "$LD_PRELOAD"'
        [ "$output" = "/nowhere/$name:$library:libm.so.6" ]
        LD_PRELOAD="/nowhere/x$name" run -0 --separate-stderr "$wrapper" sh -c 'echo "$LD_PRELOAD"'
        [ "$output" = "$library:/nowhere/x$name" ]
    done
}

@test "it finds the library beside itself, by a link, and in a multiarch directory" {
    ln -s tree/bin/owneronly link
    run -0 ./link true
    mkdir -p multi/bin multi/lib/x86_64-linux-gnu/owneronly
    cp tree/bin/owneronly multi/bin
    cp tree/lib/owneronly/libowneronly.so multi/lib/x86_64-linux-gnu/owneronly
    run -0 multi/bin/owneronly sh -c 'echo "$LD_PRELOAD"'
    [[ $output == *"/multi/lib/x86_64-linux-gnu/owneronly/libowneronly.so" ]]
}

@test "505: a log that can't be written is 125, and says why, and the command does not start" {
    mkdir open sticky
    mkfifo fifo
    chmod 777 open
    chmod 1777 sticky
    for log in no/log fifo . open/log sticky/log /dev/full; do
        run -125 "$wrapper" --log "$log" touch started
        [[ $output == "owneronly: OWNERONLY_LOG: "*"/${log#/}: "* || $log = . ]]
        [ "$(wc -l <<<"$output")" = 1 ]
    done
    OWNERONLY_LOG=$work/no/log run -125 "$wrapper" touch started
    [ ! -e started ]
    # The control: nothing is made by looking, and a log that can be written is good.
    [ -z "$(ls open)$(ls sticky)" ]
    run -0 "$wrapper" --log log touch started
    [ -e started ]
    [ ! -e log ]
    OWNERONLY_MODE=off OWNERONLY_LOG=/no/log run -0 "$wrapper" true
}

@test "--help and --version" {
    run -0 "$wrapper" --help
    [[ $output == *"usage: owneronly"* ]]
    run -0 "$wrapper" --version
    [[ $output =~ ^owneronly\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
    for option in --help --version --library; do
        run -125 --separate-stderr sh -c "'$wrapper' $option >/dev/full"
        [[ $stderr == *"owneronly: standard output failed" ]]
    done
}

@test "it runs under every shell that may be /bin/sh" {
    ran=0
    for shell in dash 'bash --posix'; do
        command -v "${shell%% *}" >/dev/null || continue
        # shellcheck disable=SC2086 # "bash --posix" is two words
        run -0 $shell "$wrapper" -m '*.key' sh -c 'echo x > a.key'
        mode_is 600 a.key
        rm a.key
        ran=$((ran + 1))
    done
    [ "$ran" -ge 2 ]
}

# report_is "redirected=1 published=1": these counts are said in one line, and all others are 0.
report_is() {
    local line pair
    [ "$(grep -c '^owneronly: report: ' said)" = 1 ]
    line=$(grep '^owneronly: report: ' said)
    for pair in $1; do
        [[ "$line " == *" $pair "* ]] || {
            echo "no $pair in: $line"
            return 1
        }
        line=${line/ $pair/}
    done
    [[ ! $line =~ =[1-9] ]] || {
        echo "and more: $line"
        return 1
    }
}

@test "509: --report: what every program of the tree did, in one line (control: nothing in programs that write others)" {
    mkdir t
    for name in "$F" other.txt; do
        TMPDIR=$work/t "$wrapper" --report -- sh -c '
            echo "[]" >"a_$1"
            sh -c "echo \"{\" >\"b_$1\"; exit 0"
            (exec 3>"c_$1"; kill -KILL "$("$2" -c "import os; print(os.getppid())")")
            (exec env -i echo "[1]" >"d_$1")
            exec 4>"e_$1"; echo "[2]" >&4; exec env -i true' \
            sh "$name" "$PYTHON" 2>said || true
        [ -z "$(ls t)" ]
        [ "$name" = other.txt ] || report_is "redirected=5 published=3 discarded=1 unfinished=1 passed-on=2"
    done
    report_is ""
    [ -e e_other.txt ]
}

@test "509: --report: refusals, arrivals, modes and files written in place" {
    printf '[a]\nmatch = *.key\nsymlink = refuse\nchmod = clamp\n' >policy
    ln -s nowhere link.key
    "$wrapper" --report -p policy sh -c 'echo x >link.key; echo y >y; mv y y.key; chmod 644 y.key' 2>said || true
    report_is "refused=1 tightened=1 clamped=1"
    mode_is 600 y.key
    grep -q 'action=refuse result=ELOOP' said
    "$wrapper" --report --observe sh -c "echo '[]' >$F" 2>said
    report_is "observed=1"
    mode_is 644 "$F"
}

@test "509: --report: an append is one in place" {
    echo 1 >a.key
    chmod 600 a.key
    "$wrapper" --report -m '*.key' sh -c 'echo 2 >>a.key' 2>said
    report_is "in-place=1"
    content_is $'1\n2' a.key
}

@test "509: --report: who runs under another report is not counted" {
    mkfifo started go
    "$wrapper" --report sh -c 'echo x >started; read -r _ <go' 2>other 3>&- &
    read -r _ <started
    "$wrapper" --report sh -c "echo '[]' >$F" 2>said
    echo x >go
    wait $!
    report_is "redirected=1 published=1"
}

@test "509: --report: a name that looks like fields is none" {
    name='a" action=refuse left-to=program \ action=refuse .key'
    "$wrapper" --report -m '*.key' sh -c 'echo x >"$1"' sh "$name" 2>said
    report_is "redirected=1 published=1"
    mode_is 600 "$name"
}

@test "509: --report: beside every --log, which has the same lines as without" {
    for report in '' --report; do
        for log in '' --log=stderr --log=file; do
            # shellcheck disable=SC2086 # they may be absent
            "$wrapper" $report $log sh -c "echo '[]' >$F" 2>said
            [ -z "$report" ] || report_is "redirected=1 published=1"
            [ -n "$report" ] || ! grep -q report: said
            [ "$(cat said file 2>/dev/null | grep -c action=publish)" = "$([ -z "$log" ] && echo 0 || echo 1)" ]
            [ "$(cat said file 2>/dev/null | grep -c action=begin)" = 0 ]
            rm -f file
        done
    done
}

@test "509: --report: a program with a scrubbed environment is counted where the policy keeps the library loaded" {
    for answer in no yes; do
        printf 'keep-loaded = %s\n[r]\nmatch = *.key\n' "$answer" >policy
        "$wrapper" --report -p policy env -i "$PYTHON" -c 'open("a.key", "w").write("x")' 2>said
        [ "$answer" = yes ] || report_is ""
    done
    report_is "redirected=1 published=1"
}

@test "509: --report: the exit status, standard input and arguments are the command's" {
    run -0 "$wrapper" --report true
    run -7 "$wrapper" --report sh -c 'exit 7'
    touch plain
    run -126 "$wrapper" --report ./plain
    run -127 "$wrapper" --report ./nowhere
    run -143 "$wrapper" --report sh -c 'kill -TERM $$'
    run -0 --separate-stderr "$wrapper" --report -- sh -c 'cat; printf "<%s>" "$@"' sh 'a b' '' <<<input
    [ "$output" = $'input\n<a b><>' ]
    run -125 env TMPDIR=/nowhere "$wrapper" --report touch started
    [ ! -e started ]
}

@test "509: --report: says who still runs; their lines go to no file that stands in its place later" {
    mkdir t
    mkfifo started go done
    write='import os, sys
open("started", "w").write("x"); open("go").read(); open(sys.argv[1], "w").write("[]"); open("done", "w").write("x")'
    for place in nothing fifo file; do
        # shellcheck disable=SC2016 # for the command
        TMPDIR=$work/t "$wrapper" --report sh -c '"$@" & read -r _ <started; echo "$OWNERONLY_REPORT" >path' sh \
            "$PYTHON" -c "$write" "$place$F" 2>said
        report_is "running=1"
        [ -z "$(ls t)" ]
        read -r path <path
        mkdir "${path%/report}"
        case $place in
        fifo) mkfifo "$path" ;;
        file) touch "$path" ;;
        esac
        echo >go
        read -r _ <done || true
        mode_is 600 "$place$F"
        [ ! -s "$path" ]
        rm -r "${path%/report}"
    done
    # The controls: nobody runs, and what is written before the end is counted.
    "$wrapper" --report sh -c "echo '[]' >$F; true & wait" 2>said
    report_is "redirected=1 published=1"
}

@test "509: --report: a directory for temporary files where others could take it over is 125" {
    mkdir t
    chmod 777 t
    TMPDIR=$work/t run -125 "$wrapper" --report touch started
    [[ $output == "owneronly: OWNERONLY_REPORT: $work/t/"*": $work/t is writable by group or others"* ]]
    [ -z "$(ls t)" ]
    chmod 1777 t
    TMPDIR=$work/t run -0 "$wrapper" --report touch started
}

@test "509: --report: a signal to the wrapper reaches the command, and the report is said" {
    mkfifo started
    "$wrapper" --report sh -c "trap 'echo caught >caught; exit 9' TERM; echo '[]' >$F; echo \$\$ >started
        while :; do :; done" 2>said &
    read -r pid <started
    [ "$pid" != $! ]
    kill -TERM $!
    status=0
    wait $! || status=$?
    [ "$status" = 9 ]
    [ -e caught ]
    report_is "redirected=1 published=1"
}

@test "509: --report: when the command is stopped so is the wrapper, until both go on" {
    mkfifo started go
    "$wrapper" --report sh -c 'echo $$ >started; read -r word <go; exit 5' 2>said &
    read -r pid <started
    kill -STOP "$pid"
    until grep -q '^State:.T' /proc/$!/status; do :; done
    grep -q '^State:.T' "/proc/$pid/status"
    kill -CONT $!
    echo word >go
    status=0
    wait $! || status=$?
    [ "$status" = 5 ]
}

@test "509: --report: who ignores SIGCHLD gets the exit status, and the command ignores it as before" {
    # Some shells, the wrapper's as well, put an end to that: without one.
    for ignored in CHLD USR1; do
        run -7 timeout -s KILL 30 env --ignore-signal="$ignored" tree/libexec/owneronly/owneronly-inspect \
            "$work/tree/lib/owneronly/libowneronly.so" report "$PYTHON" -c 'import signal, sys
print(signal.getsignal(signal.SIGCHLD) == signal.SIG_IGN, file=open("answer", "w")); sys.exit(7)'
        content_is "$([ "$ignored" = CHLD ] && echo True || echo False)" answer
    done
}

@test "509: --report: a signal of the terminal reaches the command once" {
    script -qec true /dev/null >/dev/null 2>&1 </dev/null || skip "no pseudo terminal here"
    mkfifo started end
    cat >count.py <<'CODE'
import signal, time
count = 0
def handle(*_):
    global count
    count += 1
signal.signal(signal.SIGINT, handle)
open("started", "w").write("x\n")
while count == 0: time.sleep(0.1)
# For one that the wrapper would send.
time.sleep(1)
open("count", "w").write(str(count))
open("end", "w").write("x\n")
CODE
    # What is typed is a signal for all that runs in the terminal's foreground.  A shell would end by it.
    timeout 60 bash -c 'read -r _ <started; printf "\003"; read -r _ <end' |
        timeout 60 script -qec "exec '$wrapper' --report '$PYTHON' count.py" /dev/null >/dev/null
    content_is 1 count
}
