#!/usr/bin/env bats
# owneronly doctor: owneronly(1).  What it says of a program is compared with what the loader then
# does: are the library's pages in the program, or not?
# SPDX-License-Identifier: Apache-2.0

load helper
load operator

setup() {
    operator_setup
    export TMPDIR=$work/temporary
    mkdir "$TMPDIR"
    export LD_PRELOAD=${OWNERONLY_PRELOAD_FIRST:-}
    [ -n "$LD_PRELOAD" ] || unset LD_PRELOAD
}

teardown() {
    # Whatever the doctor did is gone.
    left=$(ls -A "$TMPDIR")
    common_teardown
    [ -z "$left" ]
}

# The doctor says this of something, and nothing else is wrong.
says() {
    local status=$1 line=$2
    shift 2
    run "-$status" "$owneronly" doctor "$@"
    grep -qE -- "$line" <<<"$output" || {
        echo "$output"
        return 1
    }
    [ "$(grep -c '^FAILED' <<<"$output")" = "$status" ] || {
        echo "$output"
        return 1
    }
}

# A copy of cat(1), which tells what is mapped into it.
copy_of_cat() {
    cp "$(readlink -f "$(command -v cat)")" "$1"
}

# Is the library mapped into this program, preloaded?  By whom it is run: a prefix.
really_loads() {
    env LD_PRELOAD="$preload" "$@" /proc/self/maps 2>/dev/null | grep -q libowneronly
}

really_does_not_load() {
    env LD_PRELOAD="$preload" "$@" /proc/self/maps >maps 2>/dev/null
    grep -q ' r-xp ' maps
    run -1 grep libowneronly maps
}

@test "the usage, and what is wrong with it" {
    usage_is_as_agreed doctor
    run -2 "$owneronly" doctor --
    [[ $output == *"no COMMAND behind --"* ]]
}

@test "all is well: a line for each check, and proof" {
    run -0 "$owneronly" doctor . -- cat
    [ "$(grep -vc '^ok: ' <<<"$output")" = 0 ]
    grep -qE '^ok: policy: good, rules: 1; ' <<<"$output"
    grep -qxF "ok: $library: the library" <<<"$output"
    grep -qE '^ok: /proc: mounted$' <<<"$output"
    grep -qE "^ok: .*/cat: its loader .* maps the library$" <<<"$output"
    grep -qE '^ok: \.: files can be published' <<<"$output"
    grep -qxF 'ok: order: no other preload stands before the library' <<<"$output"
    grep -qE '^ok: proof: a child with the same preloads wrote files of mode 0600' <<<"$output"
    [ "${#lines[@]}" = 7 ]
}

@test "the proof fails with a library that is mapped and does nothing" {
    cp "$(ldd "$PYTHON" | awk '/libm\.so/ { print $3 }')" "$library"
    says 1 '^FAILED: proof: nothing of the library is in a child'
    run grep '^ok: order' <<<"$output"
    [ -z "$output" ]
}

@test "the proof fails with a library that is not mapped, and the loader says why" {
    echo 'no ELF file' >"$library"
    run -1 "$owneronly" doctor -- cat
    [[ $output == *"FAILED: proof: nothing of the library is in a child"* ]]
    [[ $output == *"/cat: its loader "*" does not map the library ("*"cannot be preloaded"* ]]
}

@test "506: a preload that goes past the library: named where it comes first, and disproved by a write" {
    # Only what is called like a sanitizer's run time can come first.
    cp "$programs/libbypass.so" libasan.so.0
    cp "$programs/libbypass.so" libother.so
    # As programs would find it: the file never appears.
    both() {
        rm -f "$F"
        env LD_PRELOAD="$1" "$PYTHON" -c "open('$F', 'w').write('[1]')" || true
    }
    both "$PWD/libother.so:$preload"
    [ ! -e "$F" ]
    both "$preload:$PWD/libother.so"
    [ -e "$F" ]
    LD_PRELOAD="${LD_PRELOAD:-} $PWD/libother.so" says 0 '^ok: order: no other preload stands'
    # The wrapper would not put it there.
    inspect=$work/tree/libexec/owneronly/owneronly-inspect
    run -1 "$inspect" "${OWNERONLY_PRELOAD_FIRST:+$OWNERONLY_PRELOAD_FIRST:}$PWD/libother.so:$library" doctor
    [[ $output == *"warning: $PWD/libother.so: stands before the library and defines close"* ]]
    [[ $output == *"FAILED: proof: a protected file, written by open and close, is not there"* ]]
    [[ $output != *"ok: order"* ]]
    LD_PRELOAD="$PWD/libasan.so.0 ${LD_PRELOAD:-}" run -1 "$owneronly" doctor
    [[ $output == *"FAILED: proof: a protected file, written by open and close, is not there: No such file"* ]]
    [[ $output != *"FAILED: "*"FAILED: "* ]]
}

# A library of the source on standard input.
make_library() {
    command -v cc >/dev/null || skip "no compiler"
    cc -shared -fPIC -w -D_GNU_SOURCE -x c -o "$1" -
}

@test "the proof looks at the mode and the content of what was written in both ways" {
    [ -z "${OWNERONLY_PRELOAD_FIRST:-}" ] || skip "not with a sanitizer's run time"
    says 0 '^ok: proof: '
    # Libraries of the name that do not what it says.
    make_library "$library" <<<'int fsync(int fd) { return 0; }'
    says 1 '^FAILED: proof: a protected file, written by open and close, got mode 0666, not 0600'
    narrow='#include <fcntl.h>
        #include <sys/syscall.h>
        #include <unistd.h>
        int open(const char *path, int flags, ...) { return syscall(SYS_openat, AT_FDCWD, path, flags, 0600); }
        int open64(const char *path, int flags, ...) { return open(path, flags); }'
    make_library "$library" <<<"$narrow"
    says 1 '^FAILED: proof: a protected file, written by fopen and fclose, got mode 0666, not 0600'
    make_library "$library" <<<"$narrow
        ssize_t write(int fd, const void *bytes, size_t length) { return syscall(SYS_write, fd, \"x\", 1L); }"
    says 1 '^FAILED: proof: a protected file, written by open and close, has another content'
}

@test "a child that could not write is no proof" {
    need_mounts
    full() {
        # shellcheck disable=SC2016
        unshare -m sh -c 'mount -t tmpfs -o size=4k none "$TMPDIR" && echo x >"$TMPDIR/full" && exec "$@"' sh "$@"
    }
    run -1 full "$owneronly" doctor
    [[ $output == *"the proof's child: ENOSPC"* ]]
    [[ $output == *"FAILED: proof: a child that was preloaded could not write"* ]]
}

@test "506: a sanitizer's run time stands before the library by right" {
    make_library libasan.so.0 <<<'int fsync(int fd) { return 0; }'
    cp libasan.so.0 libother.so
    LD_PRELOAD="$PWD/libasan.so.0" says 0 '^ok: order: no other preload'
    # The control: another one does not.
    run -0 "$work/tree/libexec/owneronly/owneronly-inspect" "$PWD/libother.so:$library" doctor
    [[ $output == *"warning: $PWD/libother.so: stands before the library and defines fsync"* ]]
}

@test "a policy that is refused, and observe mode: no proof without a policy in force" {
    OWNERONLY_MATCH=: run -1 --separate-stderr "$owneronly" doctor
    [[ $output == "FAILED: policy: refused"* ]]
    [[ $stderr == "owneronly: OWNERONLY_MATCH: an empty glob"* ]]
    [[ $output == *"warning: proof: not made, since no policy is in force"* && $output != *"ok: proof"* ]]
    OWNERONLY_POLICY=/nowhere run -1 --separate-stderr "$owneronly" doctor
    [[ $output == "FAILED: policy: refused"*"warning: proof: not made"* && $output != *"ok: proof"* ]]
    # The controls: observing, and with a good policy, there is one.
    OWNERONLY_MODE=observe says 0 '^ok: proof: '
    OWNERONLY_MODE=observe says 0 '^warning: policy: OWNERONLY_MODE=observe protects nothing'
    printf '[a]\nmatch = a\n[b]\nmatch = b\n' >policy
    says 0 '^ok: policy: good, rules: 2;' -p policy
    [[ $output == *"ok: proof: "* ]]
}

@test "a library that is missing, badly placed, or in reach of others" {
    mv "$library" "$work/kept"
    run -1 "$owneronly" doctor
    [[ $output == *"FAILED: library: libowneronly.so was not found"* ]]
    [[ $output == *"FAILED: proof: "* ]]
    mv "$work/kept" "$library"
    chmod 775 "$library"
    says 0 "^warning: $library: others can change it"
    chmod 750 "$library"
    says 0 "^warning: $library: not readable by others"
    chmod 755 "$library"
    if [ "$(id -u)" = 0 ]; then
        chown 65534 "$library"
        says 0 "^warning: $library: others can change it"
        chown 0 "$library"
    fi
    says 0 "^ok: $library: the library"
    mv "$work/tree" "$work/t ree"
    run -1 "$work/t ree/bin/owneronly" doctor
    [[ $output == *"FAILED: "*"the path holds a colon or white space"* ]]
}

@test "a library on a file system mounted noexec" {
    need_mounts
    # shellcheck disable=SC2016 # the inner shell's
    run -1 unshare -m sh -c 'mount --bind "$1" "$1" && mount -o remount,bind,noexec "$1" &&
        exec "$2" doctor' sh "$work/tree/lib" "$owneronly"
    [[ $output == *"FAILED: $library: on a file system mounted noexec"* ]]
    [[ $output == *"FAILED: proof: "* ]]
}

@test "without /proc" {
    need_mounts
    [ -z "${OWNERONLY_PRELOAD_FIRST:-}" ] || skip "a sanitizer needs /proc"
    # shellcheck disable=SC2016
    run -1 unshare -m sh -c 'mount -t tmpfs none /proc && exec "$1" doctor' sh "$owneronly"
    [[ $output == *"FAILED: /proc: not mounted"* ]]
}

@test "where no process or descriptor is to be had, each check says so, and nothing is left behind" {
    chmod 777 "$TMPDIR" .
    run -1 alone doctor -- /bin/cat
    [[ $output == *"FAILED: policy: could not be looked at, no child process: Resource temporarily unavailable"* ]]
    [[ $output == *"FAILED: /bin/cat: its loader "*" could not be asked, no child process: Resource temporarily"* ]]
    [[ $output == *"warning: proof: not made"* && $output != *"ok: proof"* ]]
    inspect=$work/tree/libexec/owneronly/owneronly-inspect
    run -1 prlimit --nofile=4:4 "$inspect" "$library" doctor 3>&-
    [[ $output == *"FAILED: proof: could not be made, no child process: Too many open files"* ]]
    # The control: with both it is made.
    says 0 '^ok: proof: '
}

@test "a program by its path and by PATH" {
    mkdir bin
    copy_of_cat bin/copy
    says 0 '^ok: bin/copy: its loader .* maps the library' -- bin/copy x y
    PATH=$PWD/bin:$PATH says 0 "^ok: $PWD/bin/copy: its loader" -- copy
    says 1 '^FAILED: nowhere: not found, or not executable' -- nowhere
    chmod -x bin/copy
    says 1 '^FAILED: bin/copy: not found, or not executable' -- bin/copy
    says 1 '^FAILED: bin/: not found, or not executable' -- bin/
    chmod +x bin/copy
    really_loads bin/copy
    # An empty element of PATH is the working directory, wherever it stands.
    cd bin
    for path in "$PATH:" ":$PATH"; do
        PATH=$path says 0 '^ok: ./copy: its loader' -- copy
    done
}

@test "the command is looked at and not run" {
    printf '#!/bin/sh\ntouch ran\n' >script
    chmod +x script
    says 0 '^ok: ./script: a script, run by /bin/sh$' -- ./script
    [ ! -e ran ]
    ./script
    [ -e ran ]
}

@test "scripts, and what runs them" {
    printf '#!%s/second x\n' "$PWD" >first
    printf '#! /bin/sh\n' >second
    chmod +x first second
    run -0 "$owneronly" doctor -- ./first
    [[ $output == *"ok: ./first: a script, run by $PWD/second
ok: $PWD/second: a script, run by /bin/sh
ok: /bin/sh: its loader"* ]]
    # By env(1), with and without -S.
    printf '#!/usr/bin/env awk -f\n' >first
    says 0 "^ok: ./first: a script, run by $(command -v awk)\$" -- ./first
    printf '#!/usr/bin/env -S awk -f\n' >first
    says 0 "^ok: ./first: a script, run by $(command -v awk)\$" -- ./first
    # Without a first line, by the shell.
    echo 'exit' >first
    says 0 '^ok: ./first: a script, run by /bin/sh$' -- ./first
    printf '#!%s/first\n' "$PWD" >first
    says 1 '^FAILED: ./first: scripts that run one another without end' -- ./first
    printf '#!/nowhere\n' >first
    says 1 '^FAILED: /nowhere: nothing that can be executed' -- ./first
}

@test "a static program" {
    command -v busybox >/dev/null || skip "no static busybox"
    says 1 '^FAILED: .*/busybox: static, so nothing can be preloaded' -- busybox
    really_does_not_load busybox cat
    ln -s "$(command -v busybox)" sh
    printf '#!%s/sh\n' "$PWD" >script
    chmod +x script
    says 1 "^FAILED: $PWD/sh: static" -- ./script
}

@test "503: set-id programs and file capabilities, as the loader takes them for this caller" {
    need_root
    [ -z "${OWNERONLY_PRELOAD_FIRST:-}" ] || skip "the sanitizer's run time would not be loaded"
    chmod 777 "$TMPDIR" .
    plain=(setpriv --reuid=65534 --regid=65534 --clear-groups)
    copy_of_cat copy
    # MODE UID GID, and whether the loader preloads for root and for a plain user.
    while read -r mode uid gid root user; do
        chown "$uid:$gid" copy
        chmod "$mode" copy
        "really_$root" ./copy
        "really_$user" "${plain[@]}" ./copy
        for who in root user; do
            [ "$who" = root ] && prefix=() || prefix=("${plain[@]}")
            run "${prefix[@]}" "$owneronly" doctor -- ./copy
            if [ "${!who}" = loads ]; then
                grep -q '^ok: ./copy: its loader' <<<"$output"
            else
                grep -q '^FAILED: ./copy: set-user-ID or set-group-ID' <<<"$output"
            fi
        done
    done <<'TABLE'
755 0 0 loads loads
4755 0 0 loads does_not_load
4755 65534 0 does_not_load loads
2755 0 0 loads does_not_load
2755 0 65534 does_not_load loads
6755 0 0 loads does_not_load
6755 65534 65534 does_not_load loads
TABLE
    cp copy sudo
    chown 0:0 copy sudo
    chmod 4755 sudo
    run "${plain[@]}" "$owneronly" doctor -- ./sudo
    grep -qE '^FAILED: ./sudo: set-user-ID.*sudo env LD_PRELOAD' <<<"$output"
    chmod 755 copy
    # cap_net_raw+ep, see capabilities(7).
    "$PYTHON" -c "import os, struct
os.setxattr('copy', 'security.capability', struct.pack('<5I', 0x02000001, 1 << 13, 0, 0, 0))"
    really_loads ./copy
    says 0 '^ok: ./copy: its loader' -- ./copy
    really_does_not_load "${plain[@]}" ./copy
    run "${plain[@]}" "$owneronly" doctor -- ./copy
    grep -q '^FAILED: ./copy: has file capabilities' <<<"$output"
}

@test "505: the log and the report, as the library would open them" {
    OWNERONLY_LOG=$work/here/log says 0 "^ok: $work/here/log: lines can be written to it .OWNERONLY_LOG"
    [ ! -e log ]
    # 509: a report is not made by the library, as it is then met.
    OWNERONLY_REPORT=$work/here/log says 1 "^FAILED: $work/here/log: is not there, and the library makes none .OWNERONLY_REPORT"
    run -0 env OWNERONLY_REPORT="$work/here/log" LD_PRELOAD="$preload" "$PYTHON" -c "open('$F', 'w').write('[1]')"
    [ ! -e log ]
    : >log
    OWNERONLY_REPORT=$work/here/log says 0 "^ok: .*/log: lines can be written to it .OWNERONLY_REPORT"
    run -1 env OWNERONLY_LOG=/nonexistent/x "$owneronly" doctor
    grep -q '^FAILED: /nonexistent/x: .*OWNERONLY_LOG' <<<"$output"
    mkfifo fifo
    run -1 env OWNERONLY_LOG="$PWD/fifo" "$owneronly" doctor
    grep -q "^FAILED: $PWD/fifo: " <<<"$output"
    OWNERONLY_LOG=stderr run -0 "$owneronly" doctor
    [[ $output != *OWNERONLY_LOG* ]]
    need_mounts
    # shellcheck disable=SC2016 # the inner shell's
    OWNERONLY_LOG=syslog run -0 unshare -m sh -c 'mount -t tmpfs none /dev && exec "$1" doctor' sh "$owneronly"
    [[ $output == *"warning: /dev/log: No such file or directory, so what is logged goes nowhere"* ]]
}

@test "504: OWNERONLY_MODE=off is named and fails, and nothing is said to be proved" {
    OWNERONLY_MODE=off says 1 '^FAILED: policy: OWNERONLY_MODE=off protects nothing'
    [[ $output == *"warning: proof: not made, since no policy is in force"* && $output != *"ok: proof"* ]]
    # The control: as it is then met.
    run -0 env OWNERONLY_MODE=off LD_PRELOAD="$preload" "$PYTHON" -c "open('$F', 'w').write('[1]')"
    mode_is 644 "$F"
}

@test "a program of another ELF class, or another libc" {
    copy_of_cat copy
    printf '\001' | env -u LD_PRELOAD dd of=copy bs=1 seek=4 conv=notrunc status=none
    says 1 '^FAILED: ./copy: made for another ELF class or machine' -- ./copy
    copy_of_cat copy
    LC_ALL=C sed -i 's/ld-linux/ld-other/' copy
    says 1 '^FAILED: ./copy: made for another libc' -- ./copy
}

@test "a program that can be executed and not read" {
    need_root
    copy_of_cat copy
    chmod 711 copy
    run -1 setpriv --reuid=65534 --regid=65534 --clear-groups env TMPDIR=/tmp \
        "$owneronly" doctor -- ./copy
    [[ $output == *"FAILED: ./copy: can be executed and not read"* ]]
}

@test "what starts another program is followed where that is simple, and else named as not looked at" {
    followed='^ok: .*/cat: its loader .* maps the library$'
    for before in nohup setsid 'nice -n 5' 'timeout -k 5 10' 'env A=b' 'env A=b timeout 5' \
        'stdbuf -o L' 'env --'; do
        # shellcheck disable=SC2086 # several words
        says 0 "$followed" -- $before cat x
        [[ $output != *warning* ]]
    done
    # The value of an option is no program, even where there is one of that name.
    mkdir values
    for name in kill idle; do
        printf '#!/bin/sh\n' >"values/$name"
        chmod 755 "values/$name"
    done
    for before in 'timeout -s kill 5' 'timeout --signal kill 5' 'timeout -vs kill 5' \
        'timeout -skill 5' 'ionice -c idle'; do
        # shellcheck disable=SC2086 # several words
        PATH=$PWD/values:$PATH says 0 "$followed" -- $before cat
        run grep values <<<"$output"
        [ -z "$output" ]
    done
    # What env(1) takes for a variable is no program, even where there is one.
    mkdir variables
    printf '#!/bin/sh\n' >variables/A=b
    chmod 755 variables/A=b
    PATH=$PWD/variables:$PATH says 0 "$followed" -- env A=b cat
    # In each of these the program that is started in the end does not have the library, or who knows.
    for command in 'env -i cat' 'env -u LD_PRELOAD cat' 'timeout 5' 'xargs cat' 'unshare -R / cat' \
        'runuser -l root' 'nsenter cat'; do
        # shellcheck disable=SC2086
        says 0 "^warning: ${command%% *}: .*not looked at" -- $command
        run grep -E "$followed" <<<"$output"
        [ -z "$output" ]
    done
    says 0 '^warning: sh: what its -c starts was not looked at' -- sh -ec 'env -i cat'
    says 0 '^warning: sh: what its -c starts was not looked at' -- sh -o errexit -c 'env -i cat'
    for words in script '--rcfile script' 'script -c x' '-o errexit script -c x'; do
        # shellcheck disable=SC2086
        says 0 '^ok: .*/sh: its loader' -- sh $words
        [[ $output != *warning* ]]
    done
    mkdir bin
    for name in tmux bwrap screen; do
        copy_of_cat "bin/$name"
        PATH=$PWD/bin:$PATH says 0 "^warning: $name: .*not looked at" -- "$name" cat
    done
}

@test "launchers that are known are followed, or named as not looked at, wherever they are installed" {
    mkdir bin
    PATH=$PWD/bin:$PATH
    copy_of_cat bin/lock
    count=0
    for before in 'flock x' 'flock -w 5 bin/lock' 'flock lock' 'time -o lock' prlimit 'prlimit --nofile=64' 'choom -n 5 --' \
        linux32 linux64 'setarch -R' 'setarch x86_64' 'numactl -m 0' 'tini --' 'timeout -- 5'; do
        name=${before%% *}
        copy_of_cat "bin/$name"
        # shellcheck disable=SC2086 # several words
        says 0 '/cat: its loader .* maps the library$' -- $before cat
        [[ $output != *warning* && $output != *bin/lock:* ]]
        count=$((count + 1))
    done
    [ "$count" = 14 ]
    for command in 'flock x -c cat' 'watch cat' 'script -c cat' 'find . -exec cat' 'make all' 'strace cat' 'fakeroot cat' \
        'start-stop-daemon --start --exec /bin/cat' 'parallel cat' 'doas cat' 'salloc cat'; do
        name=${command%% *}
        copy_of_cat "bin/$name"
        # shellcheck disable=SC2086
        says 0 "^warning: $name: .*not looked at" -- $command
        run grep '^ok: /.*/cat:' <<<"$output"
        [ -z "$output" ]
    done
    # The control: what is no launcher starts nothing that its words say.
    says 0 '^ok: .*/cat: its loader' -- cat timeout 5 make
    [[ $output != *warning* ]]
}

@test "what env(1) sets for a program and decides about the library is no ok" {
    followed='^ok: .*/cat: its loader .* maps the library$'
    here=(env "OWNERONLY_POLICY=$PWD/policy" sh -c 'test -z "$OWNERONLY_MODE" && grep -q libowneronly /proc/self/maps')
    # With the library the last command of each is not as without env.
    printf '[a]\nmatch = a\n' >policy
    for set in LD_PRELOAD= LD_PRELOAD=/other OWNERONLY_MODE=off; do
        run -1 env "LD_PRELOAD=$preload" env "$set" "${here[@]}"
        for before in "env $set" "env A=b $set" "env -- $set" "nice -n 5 env $set"; do
            # shellcheck disable=SC2086 # several words
            says 1 "^FAILED: env: " -- $before cat
            [[ $output == *"${set%=*}"* ]]
            run grep -E "$followed" <<<"$output"
            [ -z "$output" ]
        done
    done
    for set in OWNERONLY_POLICY=/nonexistent OWNERONLY_MODE=observe "LD_PRELOAD=$preload" PATH=/nowhere; do
        says 0 "^warning: env: what it starts was not looked at, since ${set%%=*} is set for it" -- env A=b "$set" cat
        run grep -E "$followed" <<<"$output"
        [ -z "$output" ]
    done
    # 508: what was lost comes back there, and is not looked at either.
    printf 'keep-loaded = yes\n[a]\nmatch = a\n' >policy
    run -0 env "OWNERONLY_POLICY=$PWD/policy" "LD_PRELOAD=$preload" env LD_PRELOAD= "${here[@]}"
    says 0 '^warning: env: what it starts was not looked at, since LD_PRELOAD is set' -p policy -- env LD_PRELOAD= cat
    # What env is to start is the first other word, be it there or not.
    says 1 '^FAILED: nowhere: not found' -- env A=b nowhere cat
    # The control: other variables decide nothing.
    run -0 env "LD_PRELOAD=$preload" env LD_PRELOADS= MY_PATH=x "${here[@]}"
    says 0 "$followed" -- env LD_PRELOADS= MY_PATH=x OWNER=y cat
    [[ $output != *warning* ]]
}

@test "a script that env(1) runs with options or variables" {
    for line in '-S -i awk -f' '-i awk' '-S A=b awk -f' 'A=b' ''; do
        printf '#!/usr/bin/env %s\n' "$line" >script
        chmod +x script
        says 0 '^warning: ./script: a script, run by /usr/bin/env in a way that was not looked at' \
            -- ./script
        run grep -E '^ok: .*(awk|script)' <<<"$output"
        [ -z "$output" ]
    done
}

@test "libraries of two classes, of which the loader takes one" {
    [ "$(uname -m)" = x86_64 ] || skip "another machine"
    [ -z "${OWNERONLY_PRELOAD_FIRST:-}" ] || skip "a sanitizer is there for one class"
    # Debian's loader for i386 looks here or there, whether it came with i386 or with amd64.
    mkdir -p "$work"/two/{lib/x86_64-linux-gnu,lib/i386-linux-gnu,lib32}/owneronly
    cp -r "$work/tree/bin" "$work/tree/libexec" "$work/two/"
    cp "$library" "$work/two/lib/x86_64-linux-gnu/owneronly/"
    echo 'int nothing;' >x.c
    gcc -m32 -shared -fPIC -nostdlib -o x.so x.c || skip "no compiler for i386"
    others=("$work"/two/{lib/i386-linux-gnu,lib32}/owneronly/libowneronly.so)
    tee "${others[@]}" <x.so >/dev/null
    # shellcheck disable=SC2030,SC2031 # of this test
    owneronly=$work/two/bin/owneronly
    says 0 '^ok: order: no other preload'
    for file in "$work/two/lib/x86_64-linux-gnu/owneronly/libowneronly.so" "${others[@]}"; do
        grep -qxF "ok: $file: the library" <<<"$output"
    done
    [[ $output == *"ok: proof: "* ]]
    echo 'int main(void) { return 0; }' >x.c
    gcc -m32 -o program x.c || skip "no compiler for i386"
    says 0 '^ok: ./program: its loader /lib/ld-linux.so.2 maps the library' -- ./program
    echo x | tee "${others[@]}" >/dev/null
    says 1 '^FAILED: ./program: made for another ELF class' -- ./program
    chmod g+w "${others[@]}"
    says 0 "^warning: ${others[0]}: others can change it"
}

@test "launchers that drop the environment are named, and how to carry it" {
    mkdir bin
    copy_of_cat bin/srun
    copy_of_cat bin/ssh
    PATH=$PWD/bin:$PATH says 0 '^warning: srun: .*owneronly srun --export=ALL' -- srun -n 2 python3
    says 0 '^warning: bin/ssh: .*ssh HOST env LD_PRELOAD' -- bin/ssh host
    run -0 "$owneronly" doctor -- cat
    [[ $output != *warning* ]]
}

@test "directories: files are published there, and nothing is left" {
    mkdir good wide
    chmod 777 wide
    touch file
    before=$(find .)
    run -1 "$owneronly" doctor good wide file nowhere
    grep -qxF 'ok: good: files can be published, by O_TMPFILE and link' <<<"$output"
    grep -qE '^warning: wide: others can replace and remove files there' <<<"$output"
    grep -qE '^FAILED: file: Not a directory; ' <<<"$output"
    grep -qE '^FAILED: nowhere: No such file or directory; ' <<<"$output"
    [ "$(find .)" = "$before" ]
    chmod 1777 wide
    run -0 "$owneronly" doctor wide
    [[ $output != *warning* ]]
}

@test "104: a directory below /dev, /proc or /sys fails, since the library leaves every name there alone" {
    ln -s /dev/shm link
    for directory in /dev/shm link /proc/self /sys; do
        says 1 "^FAILED: $directory: below /dev, /proc or /sys, where the library leaves every name alone" "$directory"
    done
    # The control: any other is good.
    says 0 '^ok: \.: files can be published' .
}

@test "directories: not writable, read-only, full, without O_TMPFILE" {
    need_mounts
    mkdir closed
    run -1 setpriv --reuid=65534 --regid=65534 --clear-groups env TMPDIR=/tmp \
        "$owneronly" doctor closed
    [[ $output == *"FAILED: closed: no file can be published there (Permission denied)"* ]]
    # shellcheck disable=SC2016
    run -1 unshare -m sh -c 'mount -t tmpfs -o ro none closed && exec "$1" doctor closed' sh \
        "$owneronly"
    [[ $output == *"FAILED: closed: no file can be published there (Read-only file system)"* ]]
    # shellcheck disable=SC2016
    full='mount -t tmpfs -o size=16k none closed && if [ "$2" ]; then head -c 16k /dev/zero >closed/full; fi && "$1" doctor closed; s=$?
        ls -A closed; exit $s'
    run -1 unshare -m sh -c "$full" sh "$owneronly" full
    [[ $output == *"FAILED: closed: no file can be published there (No space left on device)"*$'\n'full ]]
    # The control: with room for one it can.
    run -0 unshare -m sh -c "$full" sh "$owneronly" ''
    [[ $output == *"ok: closed: files can be published"* ]]
    [ -r /dev/fuse ] && command -v bindfs >/dev/null || skip "no FUSE here"
    mkdir mirror
    # shellcheck disable=SC2016
    run -0 unshare -m sh -c 'bindfs closed mirror && "$1" doctor mirror; s=$?; umount mirror
        exit $s' sh "$owneronly"
    [[ $output == *"warning: mirror: files can be published, but without O_TMPFILE"* ]]
    # shellcheck disable=SC2016
    run -1 unshare -m sh -c 'bindfs --chmod-ignore --perms=0644:a+X closed mirror && "$1" doctor mirror; s=$?
        umount mirror; exit $s' sh "$owneronly"
    [[ $output == *"FAILED: mirror: no file can be published there (Operation not permitted: "*"does not keep modes"* ]]
    [ -z "$(ls -A closed)" ]
}
