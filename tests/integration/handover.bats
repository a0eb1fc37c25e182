#!/usr/bin/env bats
# What happens to a pending file when its program execs another: contract 303, 304, 305.
# SPDX-License-Identifier: Apache-2.0

load helper

setup() {
    common_setup
    printf '%s' '{"token":"old"}' >"$work/old"
    settings+=(OWNERONLY_LOG="$work/log")
}

# Starts `subject bash -c "$1"`, which is to read from the FIFO `pipe`, and returns once it does: by
# then its redirection is done.  Descriptor 9 is the FIFO's other end; $pid is the reader's, which
# must have come to be by exec alone.
start_reader() {
    mkfifo pipe
    subject bash -c "echo \$\$ >pid; exec $1" &
    exec 9>pipe
    pid=$(cat pid)
}

end_reader() {
    exec 9>&-
    wait $!
}

@test "303: cat > file, while it runs: the old file still stands; then: the new one, owner-only" {
    act() {
        cp "$work/old" "$F"
        start_reader "cat pipe > $F"
        cp "$F" meanwhile
        echo '["new"]' >&9
        end_reader
    }
    holds() {
        cmp -s "$work/old" meanwhile && content_is '["new"]' "$F" && mode_is 600 "$F" &&
            log_has 'program="cat" .*action=publish result=ok'
    }
    both_ways
}

@test "303: cat > file, killed in the middle: the old file" {
    act() {
        cp "$work/old" "$F"
        start_reader "cat pipe > $F"
        echo '["half' >&9
        kill -KILL "$pid"
        end_reader
    }
    holds() { cmp -s "$work/old" "$F"; }
    both_ways
}

@test "303: through several images, a script with #! among them: the last one publishes" {
    act() {
        printf '%s\n' '#!/bin/sh' 'ls | grep -qx "$1" && exit; echo "[]"; exec env true' >script
        chmod +x script
        subject bash -c "exec env nohup ./script $F > $F"
    }
    holds() { content_is '[]' "$F" && mode_is 600 "$F"; }
    both_ways
}

@test "204 303: into an append-only directory, where no hidden name could be taken away again" {
    need_root
    act() {
        mkdir only
        chattr +a only || skip "no chattr on this file system"
        subject bash -c 'exec printf "[1]" >"only/$1"' bash "$F"
        chattr -a only
    }
    holds() { [ "$rc" -eq 0 ] && [ "$(ls -A only)" = "$F" ] && mode_is 600 "only/$F" && content_is '[1]' "only/$F"; }
    both_ways
}

@test "303: two descriptors and two files are handed over together" {
    act() {
        subject bash -c "exec 3> a$F 4>&3 5> b$F; exec sh -c 'echo 1 >&3; echo 2 >&4; echo 3 >&5;
            exec 3>&-; ls | grep -qx a$F && echo early; exec 4>&-; ls | grep -qx a$F || echo late'" >answer
    }
    holds() {
        [ ! -s answer ] && content_is $'1\n2' "a$F" && content_is 3 "b$F" &&
            mode_is 600 "a$F" && mode_is 600 "b$F"
    }
    policy <<<$'[rule]\nmatch = *client_api_config.json'
    both_ways
}

@test "303: every function of the exec family hands over" {
    policy <<<$'[rule]\nmatch = *client_api_config.json'
    for call in execl execle execlp execv execve execvp execvpe execveat fexecve; do
        rm -rf "$work/without" "$work/with"
        act() {
            python 'import ctypes
call = sys.argv[1]
libc = ctypes.CDLL(None)
cat = b"/bin/cat"
words = [b"cat", b"input", None]
array = (ctypes.c_char_p * 3)(*words)
environment = (ctypes.c_char_p * (len(os.environ) + 1))(*[k + b"=" + v for k, v in os.environb.items()], None)
open("input", "w").write("[1]")
os.dup2(os.open(F, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 1)
if call in ("execl", "execlp"): getattr(libc, call)(cat, *words)
elif call == "execle": libc.execle(cat, *words, environment)
elif call in ("execv", "execvp"): getattr(libc, call)(cat, array)
elif call in ("execve", "execvpe"): getattr(libc, call)(cat, array, environment)
elif call == "execveat": libc.execveat(-100, cat, array, environment, 0)
else: libc.fexecve(os.open(cat, os.O_RDONLY), array, environment)' "$call"
        }
        holds() { content_is '[1]' "$F" && mode_is 600 "$F" && log_has 'program="cat" .*action=publish'; }
        : >"$work/log"
        both_ways || {
            echo "call: $call"
            return 1
        }
    done
}

@test "303: the next program does not see the hand-over in its environment" {
    policy <<<$'[rule]\nmatch = *client_api_config.json'
    act() { subject bash -c "exec env > $F"; }
    holds() { mode_is 600 "$F" && grep -q '^PATH=' "$F" && ! grep -q HANDOVER "$F"; }
    both_ways
}

@test "303: the caller's own environment array is not touched, when exec fails as well" {
    act() {
        python 'import ctypes
fd = os.open(F, os.O_WRONLY | os.O_CREAT); os.set_inheritable(fd, True); os.write(fd, b"[1")
environment = (ctypes.c_char_p * 2)(b"A=1", None); before = bytes(environment)
ctypes.CDLL(None).execve(b"/nowhere", environment, environment)
print(bytes(environment) == before, list(environment)[0], F in os.listdir(".")); os.write(fd, b"]"); os.close(fd)' >answer
    }
    holds() { content_is "True b'A=1' False" answer && content_is '[1]' "$F" && mode_is 600 "$F"; }
    both_ways
}

@test "303: a hand-over that names another process, or a file with a name, is not believed" {
    only_with_reason="the control would be the same program: nothing is redirected in it"
    act() {
        echo precious >victim
        for record in nonsense 'ffff:1:1:0:1:2:3:4:5:6:180:0::aa:;'; do
            subject env OWNERONLY_HANDOVER="$record" sh -c 'echo x; echo ${OWNERONLY_HANDOVER-gone}'
        done >answer
        # All true but that the inode has a name, and that no temporary one is given.
        subject python3 -c '
import os
d, f = os.stat("."), os.stat("victim")
os.dup2(os.open("victim", os.O_WRONLY), 7)
record = "%x:1:7:0:%x:%x:%x:%x:%x:%x:180:2::%s:;" % (os.getpid(), d.st_ino, os.major(d.st_dev), os.minor(d.st_dev),
    f.st_ino, os.major(f.st_dev), os.minor(f.st_dev), b"taken".hex())
os.execve("/bin/sh", ["sh", "-c", "exec 7>&-; ls taken"], dict(os.environ, OWNERONLY_HANDOVER=record))' || true
    }
    holds() {
        content_is $'x\ngone\nx\ngone' answer && content_is precious victim && mode_is 644 victim &&
            [ ! -e taken ]
    }
    only_with "$only_with_reason"
}

@test "203 303: the next program sees the access mode that was asked for, not the right to read what is checked" {
    act() {
        subject bash -c 'exec "$1" -c "import fcntl, sys
print(int(fcntl.fcntl(1, fcntl.F_GETFL) & 3))" >"$2"' bash "$PYTHON" "$F"
    }
    holds() { [ "$rc" -eq 0 ] && content_is 1 "$F" && mode_is 600 "$F"; }
    both_ways
}

@test "303 310: the next program has another policy, by which the content is checked" {
    act() {
        settings+=("OWNERONLY_MATCH=*.json")
        subject bash -c 'exec env -u OWNERONLY_MATCH printf %s "$1" >"$2"' bash '[1]' "$F" || rc=$?
        subject bash -c 'exec env -u OWNERONLY_MATCH printf %s "$1" >"$2"' bash '[1' "b$F" || true
    }
    holds() { [ "$rc" -eq 0 ] && [ "$(ls)" = "$F" ] && mode_is 600 "$F" && content_is '[1]' "$F"; }
    both_ways
}

@test "304: a static program: published before it runs, owner-only, and the log says that wholeness was given up" {
    [ -x /bin/busybox ] && ! ldd /bin/busybox >/dev/null 2>&1 || skip "no static busybox here"
    act() {
        cp "$work/old" "$F"
        ln -s "$work/old" planted
        start_reader "/bin/busybox cat pipe > $F"
        echo '["new"]' >&9
        end_reader
    }
    holds() {
        content_is '["new"]' "$F" && mode_is 600 "$F" &&
            log_has 'action=publish result=ok reason="not whole: the next program writes on without the library: static, so nothing can be preloaded"'
    }
    both_ways
}

@test "304: LD_PRELOAD scrubbed from the next environment: the same" {
    act() { subject bash -c "exec env -i $(command -v echo) '[1]' > $F"; }
    holds() {
        content_is '[1]' "$F" && mode_is 600 "$F" &&
            log_has 'program="env" .*action=publish result=ok reason="not whole'
    }
    both_ways
}

@test "304: a set-id program, and a script whose interpreter is static: the same" {
    need_root
    [ -x /bin/busybox ] && ! ldd /bin/busybox >/dev/null 2>&1 || skip "no static busybox here"
    act() {
        cp "$(command -v cat)" setid
        # Another user's, or it gives nobody more rights and the loader preloads as ever.
        chown 65534 setid
        chmod u+s setid
        printf '%s\n' '#!/bin/busybox sh' 'echo "[2]"' >script
        chmod +x script
        echo '[1]' | subject bash -c "exec ./setid > a$F"
        subject bash -c "exec ./script > b$F"
    }
    holds() {
        content_is '[1]' "a$F" && mode_is 600 "a$F" && content_is '[2]' "b$F" && mode_is 600 "b$F" &&
            [ "$(grep -c 'reason="not whole: the next program' "$work/log")" = 2 ]
    }
    both_ways
}

@test "305: a close-on-exec descriptor is published before the exec" {
    act() {
        python 'fd = os.open(F, os.O_WRONLY | os.O_CREAT, 0o644); os.write(fd, b"[1]")
os.execvp("stat", ["stat", "-c", "%a", F])' >answer
    }
    holds() { content_is 600 answer && content_is '[1]' "$F"; }
    both_ways
}
