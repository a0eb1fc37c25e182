#!/usr/bin/env bats
# The wrapper: owneronly(1).
# SPDX-License-Identifier: Apache-2.0

load helper

setup() {
    common_setup
    cd "$work"
    mkdir -p tree/bin tree/lib/owneronly
    cp "$build/bin/owneronly" tree/bin/owneronly
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

@test "-m, repeated: protects these and nothing else; wins over an inherited policy" {
    OWNERONLY_POLICY=/nowhere "$wrapper" -m '*.key' --match='b c' --match token -- \
        "$PYTHON" -c "for n in ('a.key', 'token', 'x.json'): open(n, 'w').write('x')"
    mode_is 600 a.key
    mode_is 600 token
    mode_is 644 x.json
}

@test "-p: a policy by a relative path, also for a command that changes directory" {
    printf '[r]\nmatch = *.key\nmode = 0400\n' >policy
    "$wrapper" -p policy sh -c 'mkdir d; cd d; echo x > a.key; echo x > b'
    mode_is 400 d/a.key
    mode_is 644 d/b
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
    run -125 "$wrapper" -m x -p y true
    [[ $output == *"exclude"* ]]
    run -125 "$wrapper" --log '' true
}

@test "a bad policy is 125, with file and line, and the command does not start" {
    printf '[r]\nmatch = *.key\nfoo = 1\n' >policy
    run -125 "$wrapper" -p policy touch started
    [[ $output == *"$work/policy:3: unknown key 'foo'"* ]]
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

@test "an LD_PRELOAD that was there stays first, and ours is not added twice" {
    run -0 env LD_PRELOAD="${LD_PRELOAD:+$LD_PRELOAD:}libm.so.6" "$wrapper" "$wrapper" \
        sh -c 'echo "$LD_PRELOAD"'
    [[ $output == *libm.so.6:$work/tree/lib/owneronly/libowneronly.so ]]
    [ "$(grep -o libowneronly <<<"$output" | wc -l)" = 1 ]
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

@test "--help and --version" {
    run -0 "$wrapper" --help
    [[ $output == *"usage: owneronly"* ]]
    run -0 "$wrapper" --version
    [[ $output =~ ^owneronly\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
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
