#!/usr/bin/env bats
# What a hand-over says is believed as far as it is true, and nothing is forgotten on the way (303, 304).
# SPDX-License-Identifier: Apache-2.0

load helper
load exec

setup() {
    exec_setup
}

@test "504: what was handed over to a process that is switched off is published all the same" {
    act() { subject bash -c "export OWNERONLY_MODE=off; exec cat <<<'[1]' > $F"; }
    holds() { handed_over_to cat && log_has 'action=off'; }
    both_ways
}

@test "504: switched off, and so are its children: nothing is redirected, one line a process says so" {
    only_with_reason="the control is the same without the switch, below"
    act() {
        subject env OWNERONLY_MODE=off bash -c "echo '[1]' > a$F; sh -c \"echo '[2]' > b$F; exec echo '[3]' > c$F\"; :"
        grep -c action=off "$work/log" >lines
        subject bash -c "echo '[1]' > $F"
    }
    holds() {
        mode_is 644 "a$F" && mode_is 644 "b$F" && mode_is 644 "c$F" && content_is 3 lines && mode_is 600 "$F" &&
            ! log_has "a$F"
    }
    policy <<<$'[rule]\nmatch = *client_api_config.json'
    only_with "$only_with_reason"
}

# A file made as the library makes one, and the record about it; then sh, which is to publish it.
forge() {
    subject "$PYTHON" -c '
import os, sys
wrong = sys.argv[1]
os.dup2(os.open(".", os.O_TMPFILE | os.O_RDWR, 0o600), 7)
os.write(7, b"[1]")
d, f = os.stat("."), os.fstat(7)
values = {"pid": os.getpid(), "fd": 7, "directory": d.st_ino, "directory device": os.major(d.st_dev),
    "inode": f.st_ino, "device": os.major(f.st_dev), "device minor": os.minor(f.st_dev)}
if wrong in values: values[wrong] += 1
v = values
record = "v2:0:%x:%x:-:0:%x:%x:%x:0:%x:%x:%x:180:0::%s:;" % (v["pid"], v["fd"], v["directory"], v["directory device"],
    os.minor(d.st_dev), v["inode"], v["device"], v["device minor"], os.fsencode(sys.argv[2]).hex())
if wrong == "version 1":
    record = "%x:1:%x:0:%x:%x:%x:%x:%x:%x:180:0::%s:;" % (v["pid"], v["fd"], v["directory"], v["directory device"],
        os.minor(d.st_dev), v["inode"], v["device"], v["device minor"], os.fsencode(sys.argv[2]).hex())
if wrong == "kind": record = record.replace("v2:0", "v2:1")
if wrong == "later version": record = record.replace("v2:", "v3:").replace(":;", ":7:2a:;")
if wrong == "linked": os.link("/proc/self/fd/7", "elsewhere", follow_symlinks=True)
os.execve("/bin/sh", ["sh", "-c", ":"], dict(os.environ, OWNERONLY_HANDOVER=record))' "$1" "$F"
}

@test "303: a record with one field wrong is not believed, and all right it is" {
    for wrong in pid fd directory 'directory device' inode device 'device minor' kind linked; do
        rm -rf "$work/without" "$work/with"
        act() {
            forge "$wrong"
            mkdir right && cd right && forge nothing
            cd ..
        }
        holds() { [ "$(find . -name "$F")" = "./right/$F" ] && content_is '[1]' "right/$F" && mode_is 600 "right/$F"; }
        both_ways || {
            echo "wrong: $wrong"
            return 1
        }
    done
}

@test "303: a record of the first version, and one of a later version, lose nothing" {
    for version in 'version 1' 'later version'; do
        rm -rf "$work/without" "$work/with"
        act() { forge "$version"; }
        holds() { content_is '[1]' "$F" && mode_is 600 "$F"; }
        both_ways
    done
}

@test "303: O_EXCL survives the hand-over, 304: and the way without one" {
    need_static_program
    act() {
        mkfifo go input
        # The FIFOs are opened for reading once the file is pending.
        python 'os.dup2(os.open(F, os.O_WRONLY | os.O_CREAT | os.O_EXCL), 1)
open("go").read()
os.execv("/bin/busybox", ["busybox", "true"])' &
        exec 9>go
        echo intruder >intruder
        mv intruder "$F"
        exec 9>&-
        wait $!
        cat "$F" >answer
        rm "$F"
        python 'os.dup2(os.open(F, os.O_WRONLY | os.O_CREAT | os.O_EXCL), 1)
os.execv("/bin/cat", ["cat", "input"])' &
        exec 9>input
        echo intruder >intruder
        mv intruder "$F"
        echo '[1]' >&9
        exec 9>&-
        wait $!
        cat "$F" >>answer
    }
    holds() { content_is $'intruder\nintruder' answer && [ "$(grep -c 'result=EEXIST' "$work/log")" = 2 ]; }
    both_ways
}

@test "303 105: an update that was handed over fails like another if the file has changed meanwhile" {
    policy <<<$'[rule]\nmatch = *client_api_config.json'
    act() {
        mkfifo input
        for change in '' 'echo another > other; mv other $F'; do
            echo "the old one" >"$F"
            python 'os.dup2(os.open(F, os.O_RDWR), 1)
os.execv("/bin/cat", ["cat", "input"])' &
            exec 9>input
            eval "$change"
            printf new >&9
            exec 9>&-
            wait $!
            cat "$F"
        done >answer
    }
    holds() { content_is $'new old one\nanother' answer && mode_is 644 "$F" && log_has 'action=discard result=ESTALE'; }
    both_ways
}

@test "303: a file with a hidden name, where nothing is unnamed, is handed over, and dropped with its program" {
    need_mounts
    command -v bindfs >/dev/null || skip "bindfs is not installed"
    [ -e /dev/fuse ] || skip "no FUSE here"
    act() {
        mkdir real mirror
        # The last one takes away what the killed one left.
        in_name_space 'bindfs real mirror' bash -c "
            cat <<<'[1]' > mirror/$F
            cp -p mirror/$F $F
            sh -c 'echo half; kill -9 \$\$' > mirror/$F
            cmp $F mirror/$F >answer 2>&1
            cat <<<'[1]' > mirror/$F"
    }
    holds() { handed_over_to cat && [ -e answer ] && [ ! -s answer ]; }
    both_ways
}

# forgets_nothing NEXT TELLER: bash fails to write, and execs NEXT; the log has the error from TELLER.
forgets_nothing() {
    local next=$1 teller=$2
    policy <<<$'[rule]\nmatch = *client_api_config.json'
    act() {
        cp "$work/old" "$F"
        # bash's printf writes inside libc, and forgets; the signal is ignored so that EFBIG is seen.
        subject bash -c "trap '' XFSZ; ulimit -f 4; exec >$F; printf '%9000s' ' '; exec $next" || true
    }
    holds() { cmp -s "$work/old" "$F" && log_has "program=\"$teller\" .*action=discard result=E"; }
    both_ways
}

@test "303: a write that failed before the exec is not forgotten" {
    forgets_nothing true true
}

@test "304: a write that failed before the exec is not forgotten, either, without the library" {
    need_static_program
    forgets_nothing "/bin/busybox true" bash
}

@test "303: more files than ever had room in one record are handed over together" {
    policy <<<$'[rule]\nmatch = *client_api_config.json'
    act() {
        python 'for i in range(100):
    fd = os.open(f"{i}{F}", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.write(fd, b"[1]")
    os.set_inheritable(fd, True)
    if i == 0:
        for _ in range(50): os.set_inheritable(os.dup(fd), True)
os.execvp("ls", ["ls", "-A"])' >answer
    }
    holds() { ! grep -q client answer && [ "$(find . -name "*$F" -perm 600 -size 3c | wc -l)" = 100 ] && ! log_has 'not whole'; }
    both_ways
}

# The loader takes a library into a set-id program only by name, from its own directories, and if the
# file is set-id itself.
@test "503: a set-id program that really has the library believes neither its environment nor a hand-over" {
    need_mounts
    cat >"$work/program" <<'CODE'
import os, sys
F = "client_api_config.json"
what, name = sys.argv[1], sys.argv[2] + F
if what == "switch":
    assert (os.geteuid(), os.getuid()) == (0, 65534) and os.environ["OWNERONLY_MODE"] == "off"
    print("libowneronly.so" in open("/proc/self/maps").read())
    open(name, "w").write("[1]")
if what == "give":
    os.dup2(os.open(".", os.O_TMPFILE | os.O_RDWR, 0o600), 7)
    os.write(7, b"[1]")
    d, f = os.stat("."), os.fstat(7)
    record = "v2:0:%x:7:-:0:%x:%x:%x:0:%x:%x:%x:180:0::%s:;" % (os.getpid(), d.st_ino, os.major(d.st_dev),
        os.minor(d.st_dev), f.st_ino, os.major(f.st_dev), os.minor(f.st_dev), os.fsencode(name).hex())
    del os.environ["OWNERONLY_MODE"]
    os.execve(sys.argv[2], [sys.argv[2], "-I", sys.argv[0], "take", ""], dict(os.environ, OWNERONLY_HANDOVER=record))
if what == "take":
    print("libowneronly.so" in open("/proc/self/maps").read(), os.fstat(7).st_nlink)
CODE
    act() {
        rm -rf "$work/logs"
        mkdir "$work/logs"
        chown 65534:65534 "$work/logs"
        cp -L "$PYTHON" plain
        cp plain setid
        chmod 4755 setid
        chmod 777 .
        local chain=
        [ "$column" != with ] || chain=libowneronly.so
        unshare -m sh -c "mount -t tmpfs none /mnt && mkdir /mnt/up /mnt/work &&
            mount -t overlay -o lowerdir=/usr/lib,upperdir=/mnt/up,workdir=/mnt/work none /usr/lib &&
            cp $library /usr/lib/libowneronly.so && chmod 4755 /usr/lib/libowneronly.so &&
            for words in './setid switch switch-' './plain give plain' './plain give setid'; do
                set -- \$words
                setpriv --reuid=65534 --regid=65534 --clear-groups env LD_PRELOAD=$chain \
                    OWNERONLY_MODE=off OWNERONLY_LOG=$work/logs/log \$1 -I $work/program \$2 \$3
            done" >answer 2>"$work/stderr"
    }
    holds() {
        content_is $'True\nTrue 1\nTrue 0' answer && mode_is 600 "switch-$F" && mode_is 600 "plain$F" &&
            [ "$(echo *"$F")" = "plain$F switch-$F" ] &&
            [ "$(grep -o 'program="[^"]*"' "$work/logs/log" | sort -u)" = 'program="plain"' ]
    }
    both_ways
}

# It becomes what it is set to altogether, cleans its environment as such programs do, and runs another.
@test "503 508: what a set-id program was told is not kept for its children" {
    need_mounts
    [ ! -e /etc/owneronly.conf ] || skip "this system has a policy of its own"
    cat >"$work/program" <<'CODE'
import os
os.setuid(0)
print("libowneronly.so" in open("/proc/self/maps").read(), flush=True)
os.execve("/usr/bin/env", ["env"], {"KEPT": "yes"})
CODE
    mkdir "$work/etc"
    printf 'keep-loaded = yes\n[r]\nmatch = *.json\n' >"$work/etc/owneronly.conf"
    act() {
        cp -L "$PYTHON" setid
        chmod 4755 setid
        chmod 777 .
        local chain=
        [ "$column" = without ] || chain=libowneronly.so
        unshare -m sh -c "mount -t overlay overlay -o lowerdir=$work/etc:/etc /etc &&
            mount -t tmpfs none /mnt && mkdir /mnt/up /mnt/work &&
            mount -t overlay -o lowerdir=/usr/lib,upperdir=/mnt/up,workdir=/mnt/work none /usr/lib &&
            cp $library /usr/lib/libowneronly.so && chmod 4755 /usr/lib/libowneronly.so &&
            setpriv --reuid=65534 --regid=65534 --clear-groups env LD_PRELOAD=$chain OWNERONLY_MODE=enforce \
                OWNERONLY_LOG=$work/nolog ./setid -I $work/program" >answer 2>"$work/stderr"
    }
    holds() { content_is $'True\nKEPT=yes' answer; }
    both_ways
}
