#!/usr/bin/env bats
# Whole or not at all: promise 3, contract 202, 206, 308 to 310.
# SPDX-License-Identifier: Apache-2.0

load helper

old_is_intact() {
    content_is '["old"]' "$F"
}

# Runs a program in a directory on a tmpfs of 64 KiB that holds the old file; copies it out again.
in_a_full_tmpfs() {
    mkdir small out
    in_name_space "mount -t tmpfs -o size=64k none small && cp ../old small/$F && cd small" "$@"
}

setup() {
    common_setup
    echo '["old"]' >"$work/old"
}

@test "309: ENOSPC through stdio: the program gets it, the old file stays" {
    need_mounts
    act() {
        in_a_full_tmpfs sh -c "awk 'BEGIN { for (i = 0; i < 100000; i++) print i > \"$F\" }'
            echo \$?; cat $F > ../content; ls -A > ../names" >status
    }
    holds() {
        ! content_is 0 status && content_is '["old"]' content && content_is "$F" names
    }
    both_ways
}

@test "309: ENOSPC through raw write: the program gets it, the old file stays" {
    need_mounts
    act() {
        in_a_full_tmpfs sh -c "dd if=/dev/zero of=$F bs=4k count=100
            echo \$? > ../status; cat $F > ../content; ls -A > ../names"
    }
    holds() { content_is 1 status && content_is '["old"]' content && content_is "$F" names; }
    both_ways
}

@test "309: a program that ignores ENOSPC learns it from close" {
    need_mounts
    act() {
        in_a_full_tmpfs "$PYTHON" -c "import os, errno
fd = os.open('$F', os.O_WRONLY | os.O_TRUNC)
try:
    for i in range(100): os.write(fd, b'x' * 4096)
except OSError: pass
os.ftruncate(fd, 0); os.write(fd, b'[]')
try: os.close(fd)
except OSError as e: print(errno.errorcode[e.errno])
print(open('$F').read(), end='')" >answer
    }
    holds() { content_is $'ENOSPC\n["old"]' answer; }
    both_ways
}

@test "309: RLIMIT_FSIZE (EFBIG) keeps the old file" {
    act() {
        cp "$work/old" "$F"
        python 'import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (10000, 10000)); signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
try: open(F, "w").write("[" + " " * 20000 + "]")
except OSError as e: print(errno.errorcode[e.errno])' >answer
    }
    holds() { content_is EFBIG answer && old_is_intact; }
    both_ways
}

@test "309: a shell's builtin that fails keeps the old file, though the shell goes on" {
    policy <<<$'[rule]\nmatch = *client_api_config.json'
    for shell in bash dash zsh; do
        command -v "$shell" >/dev/null || continue
        rm -rf "$work/without" "$work/with"
        act() {
            cp "$work/old" "$F"
            subject "$shell" -c "trap '' XFSZ; ulimit -f 4; printf '%9000s' ' ' >$F; exit 0" || true
        }
        holds() { old_is_intact; }
        both_ways || {
            echo "shell: $shell"
            return 1
        }
    done
}

@test "308: SIGKILL in the middle leaves the old file" {
    act() {
        cp "$work/old" "$F"
        python 'f = open(F, "w"); f.write("[1"); f.flush(); os.kill(os.getpid(), signal.SIGKILL)'
    }
    holds() { old_is_intact; }
    both_ways
}

@test "308: abort leaves the old file, even if the content is whole" {
    act() {
        cp "$work/old" "$F"
        python 'f = open(F, "w"); f.write("[1]"); f.flush(); os.abort()'
    }
    holds() { old_is_intact; }
    both_ways
}

@test "310: an exception inside json.dump leaves the old file, and the program sees EBADMSG" {
    act() {
        cp "$work/old" "$F"
        python 'f = open(F, "w")
try: json.dump({"a": 1, "b": object()}, f)
except TypeError: pass
try: f.close()
except OSError as e: print(errno.errorcode[e.errno])' >answer
    }
    holds() { content_is EBADMSG answer && old_is_intact && stderr_has 'not one whole JSON value'; }
    both_ways
}

@test "310: a failing jq over its own input leaves the old file" {
    act() { cp "$work/old" "$F"; subject bash -c "jq 'error' $F > $F"; }
    holds() { old_is_intact; }
    both_ways
}

@test "310: emptying a file that has content is refused" {
    act() { cp "$work/old" "$F"; subject bash -c ": > $F"; }
    holds() { old_is_intact; }
    both_ways
}

@test "310: an empty file over an absent or an empty one passes" {
    act() { subject touch "$F"; subject bash -c ": > $F"; }
    holds() { [ -f "$F" ] && [ ! -s "$F" ] && mode_is 600 "$F"; }
    both_ways
}

@test "310: Python's NaN, a byte order mark, and deep nesting pass" {
    act() {
        python 'open(F, "w").write("[NaN, -Infinity]")
open("bom_" + F, "w", encoding="utf-8-sig").write("[]")
open("deep_" + F, "w").write("[" * 900 + "]" * 900)'
    }
    holds() { mode_is 600 "$F" && mode_is 600 "bom_$F" && mode_is 600 "deep_$F"; }
    both_ways
}

@test "202: without O_TMPFILE (a FUSE mirror) the promises hold as well" {
    need_mounts
    [ -r /dev/fuse ] && command -v bindfs >/dev/null || skip "no FUSE here"
    act() {
        mkdir real mirror
        cp "$work/old" "real/$F"
        ln -s "$F" "real/link_$F"
        in_name_space "bindfs real mirror && cd mirror && trap 'cd ..; umount mirror' EXIT; true" \
            "$PYTHON" -c "import json, os, stat, errno, signal
def names(): return sorted(n for n in os.listdir('.') if n.startswith('.owneronly'))
f = open('$F', 'w'); f.write('[\"new\"]'); f.flush()
print([oct(os.stat(n).st_mode & 0o777) for n in names()], open('$F').read().strip())
f.close(); print(open('$F').read(), oct(os.stat('$F').st_mode & 0o777), names())
f = open('link_$F', 'w'); f.write('[1]'); f.close(); print(os.path.islink('link_$F'), open('$F').read())
f = open('x_$F', 'x'); f.write('[2]'); f.close(); print(oct(os.stat('x_$F').st_mode & 0o777), names())
f = open('y_$F', 'x'); f.write('[2]'); f.flush(); open('y', 'w').close(); os.system('ln y y_$F')
try: f.close()
except OSError as e: print(errno.errorcode[e.errno], names())
if os.fork() == 0:
    f = open('$F', 'w'); f.write('[3'); f.flush(); os.kill(os.getpid(), signal.SIGKILL)
os.wait(); print(len(names()), open('$F').read())
f = open('$F', 'w'); f.write('[4]'); f.close(); print(open('$F').read(), names())
" >answers
    }
    holds() {
        content_is "$(printf '%s\n' \
            "['0o600'] [\"old\"]" \
            "[\"new\"] 0o600 []" \
            "False [\"new\"]" \
            "0o600 []" \
            "EEXIST []" \
            "1 [\"new\"]" \
            "[4] []")" answers
    }
    both_ways
}

@test "206: the temporary name that a killed writer left is removed by the next one" {
    command -v strace >/dev/null || skip "strace is not installed"
    act() {
        cp "$work/old" "$F"
        local environment=(A=b)
        [ "$column" = without ] || environment=("LD_PRELOAD=$preload")
        # Killed between linkat and renameat.
        strace -f -o trace -E "${environment[0]}" -e inject=renameat2:signal=KILL:when=1 \
            "$PYTHON" -c "open('$F', 'w').write('[1]')" 2>"$work/stderr" || true
        find . -name '.owneronly-*' -perm 600 | wc -l >left
        cp "$F" between
        python 'open(F, "w").write("[2]")'
    }
    holds() { content_is 1 left && content_is '["old"]' between && content_is '[2]' "$F"; }
    both_ways
}

@test "206: names that somebody planted there do not stop a write, and are not touched" {
    act() {
        cp "$work/old" "$F"
        # The names follow from the target's: find out, then plant.
        local environment=(A=b)
        [ "$column" = without ] || environment=("LD_PRELOAD=$preload")
        strace -f -o trace -E "${environment[0]}" "$PYTHON" -c "open('$F', 'w').write('[1]')" \
            2>"$work/stderr"
        planted=$(grep -oE '\.owneronly-[0-9a-f]+-0' trace | head -n 1)
        echo precious >victim
        ln -s victim "${planted:-planted}"
        if [ "$column" = without ]; then
            # A writer whose hidden name everybody knows.
            python 'open("planted", "w").write("[2]"); os.rename("planted", F)'
        else
            python 'open(F, "w").write("[2]")'
        fi
        [ -L "${planted:-planted}" ] && echo still >answer
        rm -f "${planted:-planted}"
    }
    holds() {
        content_is '[2]' "$F" && mode_is 600 "$F" && content_is still answer &&
            content_is precious victim
    }
    both_ways
}

@test "204 112: durability = directory: what an append creates or makes owner-only is synced with its directory" {
    command -v strace >/dev/null || skip "strace is not installed"
    policy <<<$'[rule]\nmatch = *.token\ndurability = directory'
    for before in absent loose; do
        rm -rf "$work/without" "$work/with"
        act() {
            local environment=("${settings[@]}")
            add_preload
            [ "$before" = absent ] || echo 1 >a.token
            env "${settings[@]}" strace -qq -o "$work/trace" -y -e trace=fsync env "${environment[@]}" \
                "$PYTHON" -c 'open("a.token", "a").write("2")' 2>"$work/stderr"
        }
        holds() { [ "$rc" -eq 0 ] && [ "$(grep -c "^fsync([0-9]*<$PWD>)" "$work/trace")" = 1 ] && mode_is 600 a.token; }
        both_ways
    done
}

@test "promise 4: a directory that can't be synced after the rename: the call fails, and the log says that the new file stands" {
    command -v strace >/dev/null || skip "strace is not installed"
    policy <<<$'[rule]\nmatch = *.token\ndurability = directory'
    act() {
        local environment=("${settings[@]}")
        add_preload
        env "${settings[@]}" strace -qq -o /dev/null -e trace=fsync \
            -e inject=fsync:error=EIO:when=2 env "${environment[@]}" "$PYTHON" -c 'import errno
f = open("a.token", "w"); f.write("new")
try: f.close()
except OSError as e: print(errno.errorcode[e.errno])' >answer 2>"$work/stderr"
    }
    holds() {
        content_is EIO answer && content_is new a.token &&
            stderr_has 'action=publish result=EIO reason="in place, but the directory could not be synced"'
    }
    both_ways
}

@test "110 204: durability = directory with every descriptor in use at the close: published, and synced" {
    command -v strace >/dev/null || skip "strace is not installed"
    strace -qq -o /dev/null -e trace=syncfs true || skip "no tracing here"
    policy <<<$'[rule]\nmatch = *client_api_config.json\ndurability = directory'
    act() {
        cp "$work/old" "$F"
        subject strace -qq -o trace -e trace=syncfs "$PYTHON" -c 'import errno, os, sys
fd = os.open(sys.argv[1], os.O_WRONLY | os.O_TRUNC)
os.write(fd, b"[1]")
all = []
try:
    while True: all.append(os.dup(0))
except OSError as e: print(errno.errorcode[e.errno], flush=True)
os.close(fd)' "$F" >answer
    }
    holds() {
        [ "$rc" = 0 ] && content_is EMFILE answer && content_is '[1]' "$F" && mode_is 600 "$F" &&
            [ "$(grep -c '^syncfs([0-9]*) *= 0$' trace)" = 1 ]
    }
    both_ways
}
