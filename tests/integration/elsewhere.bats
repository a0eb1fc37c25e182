#!/usr/bin/env bats
# What is no file of the caller's is left alone: devices, pipes, /dev, /proc, /sys, and links there
# (104, 111).  With rules that match everything, so only in mount name spaces with a /dev of their own.
# SPDX-License-Identifier: Apache-2.0

load helper

# A /dev that can be destroyed, in a directory of our own too.
own_dev='mount -t tmpfs tmpfs /dev && mknod -m 666 /dev/null c 1 3 && mknod -m 666 /dev/zero c 1 5 &&
    mknod -m 666 /dev/full c 1 7 && mknod -m 666 /dev/tty c 5 0 && mknod -m 444 /dev/urandom c 1 9 &&
    ln -s /proc/self/fd /dev/fd && ln -s /proc/self/fd/0 /dev/stdin && ln -s /proc/self/fd/1 /dev/stdout &&
    ln -s /proc/self/fd/2 /dev/stderr && mkdir -m 1777 /dev/shm'

match_all() {
    policy <<<$'[all]\nmatch = **\nmatch = *'"${1:+$'\n'$1}"
}

# A shell script in that name space; its standard output is a pipe, and then $work/out.
in_own_dev() {
    # There the saboteur may harm what stands in /dev.
    in_name_space "$own_dev" env SABOTAGE_BELOW="$work:/dev" sh -c "$1" | cat >"$work/out"
}

@test "104: echo hi > /dev/stdout leaves the link and reaches the output" {
    need_mounts
    match_all
    act() {
        in_own_dev 'echo hi >/dev/stdout; echo ho >>/dev/stdout; echo he | tee /dev/stderr /dev/fd/1
            ls -l /dev/stdout /dev/stderr /dev/fd >links; echo "[]" >f.json'
    }
    holds() {
        [ "$(grep -c '^l' links)" = 3 ] && [ "$(grep -cE '^h[ioe]$' "$work/out")" -ge 3 ] && mode_is 600 f.json
    }
    both_ways
}

@test "104: every name below /dev, /proc and /sys is opened as it is, by any path" {
    need_mounts
    match_all
    act() {
        in_own_dev 'echo 1 >/dev/shm/one; cd /dev/shm; echo 2 >two; cd ..; echo 3 >./shm/../three
            echo 4 >/proc/self/root/dev/shm/four; ln -s /dev/shm /tmp/shm.$$; echo 5 >/tmp/shm.$$/five
            rm /tmp/shm.$$; echo 6 >/dev/null; echo 7 >/proc/self/comm; cat /proc/$$/comm
            cd /proc/self; echo 8 >comm
            stat -c "%a %n" /dev/shm/* /dev/three; stat -c "%F %n" /dev/null
            cd "$OLDPWD"; cd '"$PWD"'; echo "[]" >f.json' &&
            cp "$work/out" out
    }
    holds() {
        [ "$(grep -cE '^644 /dev/(shm/(one|two|four|five)|three)$' out)" = 5 ] &&
            grep -q 'character special file /dev/null' out && mode_is 600 f.json
    }
    both_ways
}

@test "104: below a name that only sounds like /dev nothing is left alone" {
    match_all
    act() {
        mkdir dev devices proc
        subject sh -c 'echo 1 >dev/a; cd devices; echo 2 >b; echo 3 >../proc/c; echo 4 >/dev/../"$PWD"/d'
    }
    holds() { mode_is 600 dev/a && mode_is 600 devices/b && mode_is 600 proc/c && mode_is 600 devices/d; }
    both_ways
}

@test "111: a link of the caller's that leads to a device, a pipe or a link in /proc passes" {
    need_mounts
    for answer in replace follow refuse; do
        settings=()
        rm -rf "$work/with" "$work/without"
        match_all "symlink = $answer"
        act() {
            ln -s /dev/null null.json
            ln -s null.json again.json
            ln -s /dev/stdout out.json
            mkfifo pipe
            ln -s pipe pipe.json
            in_own_dev 'echo 1 >null.json; echo 2 >again.json; echo 3 >out.json; echo 4 >>out.json
                cat pipe >got & echo 5 >pipe.json; wait; echo "[]" >f.json'
            cp "$work/out" out
        }
        holds() {
            [ -L null.json ] && [ -L again.json ] && [ -L out.json ] && [ -L pipe.json ] &&
                grep -q 3 out && grep -q 4 out && content_is 5 got && mode_is 600 f.json
        }
        both_ways
    done
}

@test "111: what a program writes through such a link to its redirected output is in that file" {
    need_mounts
    match_all
    act() {
        ln -s /dev/stdout app.log
        in_name_space "$own_dev" sh -c 'printf "one\n" >>app.log; printf "two\n" >>app.log' >written
        mode=$(stat -c %a written)
    }
    holds() { [ -L app.log ] && [ "$(tr '\n' ' ' <written)" = "one two " ] && [ "$column" = with ]; }
    both_ways
}

@test "111: a link of the caller's that leads to a directory is EISDIR" {
    act() {
        mkdir d
        ln -s d "$F"
        python 'try: open(F, "w")
except OSError as e: print(errno.errorcode[e.errno])' >answer
    }
    holds() { content_is EISDIR answer && [ -L "$F" ]; }
    only_with "a plain open says so as well"
}

@test "111: another user's link to a device is replaced, as every planted link" {
    need_root
    match_all
    act() {
        ln -s /dev/null "$F"
        chown -h 65534 "$F"
        mkdir d
        ln -s /dev/null d/x
        chown -h 65534 d/x
        ln -s d/x "2$F"
        subject sh -c "echo '[]' >$F; echo '[]' >2$F"
    }
    holds() {
        is_regular "$F" && mode_is 600 "$F" && content_is '[]' "$F" &&
            is_regular "2$F" && content_is '[]' "2$F"
    }
    both_ways
}

@test "111: of a link that passes the program gets the lowest descriptor and its own flags" {
    act() {
        ln -s /dev/null "$F"
        python 'import fcntl
fd = os.open(F, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
print(fd, fcntl.fcntl(fd, fcntl.F_GETFL) & ~0o100000, os.get_inheritable(fd))
os.close(fd)
print(os.listdir("/proc/self/fd"))' >answer
    }
    holds() { [ "$(cat answer)" = "$(cat "$work/without/answer")" ] && [ -L "$F" ]; }
    column=without
    mkdir "$work/without"
    cd "$work/without"
    act
    only_with "a plain open does the same"
}
