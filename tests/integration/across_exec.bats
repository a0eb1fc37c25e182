#!/usr/bin/env bats
# Whether the next image will have the library is found out, not guessed (303, 304), and an exec that
# fails changes nothing (305).
# SPDX-License-Identifier: Apache-2.0

load helper

WORK_ON='reason="not whole: the next program writes on without the library: '

setup() {
    common_setup
    printf '%s' '{"token":"old"}' >"$work/old"
    settings+=(OWNERONLY_LOG="$work/log")
    : >"$work/log"
}

# The new content is there, owner-only, by the program and for the reason that the log gives.
published_early_because() {
    content_is '[1]' "$F" && mode_is 600 "$F" && log_has "action=publish result=ok $WORK_ON.*$1"
}

handed_over_to() {
    content_is '[1]' "$F" && mode_is 600 "$F" && log_has "program=\"$1\" .*action=publish result=ok mode" &&
        ! log_has "not whole"
}

need_static_program() {
    [ -x /bin/busybox ] && ! ldd /bin/busybox >/dev/null 2>&1 || skip "no static busybox here"
}

# Does execveat(2) tell beforehand, AT_EXECVE_CHECK?
kernel_tells() {
    "$PYTHON" -c 'import ctypes, platform, sys
number = {"x86_64": 322, "aarch64": 281}.get(platform.machine())
words = (ctypes.c_char_p * 2)(b"", None)
sys.exit(number is None or ctypes.CDLL(None).syscall(number, -100, b"/bin/true", words, words, 0x10000) != 0)'
}

@test "304: chroot and unshare -R into a root without the library" {
    need_mounts
    for change in "chroot root" "unshare -R root"; do
        rm -rf "$work/without" "$work/with"
        # The log's path is not there, either.
        settings=(OWNERONLY_LOG=stderr)
        act() {
            mkdir root
            in_name_space 'mount --bind / root && mount -t tmpfs none root/tmp' \
                bash -c "$change $(command -v echo) '[1]' > $F"
        }
        holds() {
            content_is '[1]' "$F" && mode_is 600 "$F" &&
                stderr_has "action=publish result=ok $WORK_ON.* not to be found from there"
        }
        both_ways
    done
}

@test "303: chroot into a root with the library, from where the file's directory can't be named" {
    need_mounts
    act() {
        mkdir root outside
        in_name_space 'mount --bind / root && mount -t tmpfs none outside' \
            bash -c "chroot root $(command -v echo) '[1]' > outside/$F; cp -p outside/$F $F; ls -A outside >left"
    }
    holds() { handed_over_to echo && content_is "$F" left; }
    both_ways
}

@test "304: a user who may not read the library: published, or where that user can't, the old file and a line" {
    need_root
    install -d -m 700 "$work/closed"
    cp "$library" "$work/closed/libowneronly.so"
    preload=${OWNERONLY_PRELOAD_FIRST:+$OWNERONLY_PRELOAD_FIRST:}$work/closed/libowneronly.so
    policy <<<$'[rule]\nmatch = *client_api_config.json'
    touch "$work/log"
    chmod 666 "$work/log"
    chmod 644 "$work/policy"
    settings=("OWNERONLY_POLICY=$work/policy")
    act() {
        cp "$work/old" "given-up-$F"
        python 'os.dup2(os.open("given-up-" + F, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 1)
os.setresuid(65534, 65534, 65534)
os.execv("/bin/echo", ["echo", "[1]"])'
        cp "$work/stderr" said
        # This one keeps its capabilities until the exec.
        subject bash -c "setpriv --reuid=65534 --regid=65534 --clear-groups echo '[1]' > $F"
    }
    holds() {
        content_is '[1]' "$F" && mode_is 600 "$F" && cmp -s "$work/old" "given-up-$F" &&
            grep -q "action=discard result=E" said
    }
    both_ways
}

@test "304: real and effective user differ, so the loader is in secure-execution mode" {
    need_root
    act() {
        python 'os.dup2(os.open(F, os.O_WRONLY | os.O_CREAT), 1)
os.setresuid(65534, 0, 0)
os.execv("/bin/echo", ["echo", "[1]"])'
    }
    holds() { published_early_because "real and effective users differ"; }
    both_ways
}

@test "304: a relative LD_PRELOAD after cd, and 303: without cd" {
    preload=${OWNERONLY_PRELOAD_FIRST:+$OWNERONLY_PRELOAD_FIRST:}./libowneronly.so
    act() {
        mkdir sub
        cp "$library" .
        subject bash -c "cd sub && echo '[1]' | cat > ../$F"
    }
    holds() { published_early_because "not to be found from there"; }
    both_ways
    rm -rf "$work/without" "$work/with"
    : >"$work/log"
    act() {
        cp "$library" .
        subject bash -c "echo '[1]' | cat > $F"
    }
    holds() { handed_over_to cat; }
    both_ways
}

@test "304: the library moved away, cut short, or replaced by something else, under a running shell" {
    cp "$library" "$work/kept.so"
    for change in 'mv libowneronly.so elsewhere.so' 'head -c 100 kept.so | { rm libowneronly.so; cat >libowneronly.so; }' \
        'rm libowneronly.so; cp /lib/*/libm.so.6 libowneronly.so' 'rm libowneronly.so; mkdir libowneronly.so' \
        'rm libowneronly.so; echo text >libowneronly.so' \
        'cp kept.so new.so; printf "\177" | dd of=new.so bs=1 seek=18 conv=notrunc status=none; mv new.so libowneronly.so'; do
        rm -rf "$work/without" "$work/with"
        : >"$work/log"
        act() {
            rm -rf "$library"
            cp "$work/kept.so" "$library"
            subject bash -c "cd $work; $change; cd - >/dev/null; exec cat <<<'[1]' > $F"
        }
        holds() { published_early_because "the library that LD_PRELOAD names"; }
        both_ways || {
            echo "change: $change"
            return 1
        }
    done
}

@test "303: the library replaced by another build of it, under a running shell" {
    cp "$library" "$work/kept.so"
    act() {
        cp "$work/kept.so" "$work/new.so"
        subject bash -c "cd $work; mv new.so libowneronly.so; cd - >/dev/null; exec cat <<<'[1]' > $F"
    }
    holds() { handed_over_to cat; }
    both_ways
}

@test "304: a library that reads later versions of a hand-over only, or earlier ones" {
    for versions in '99 99' '0 1'; do
        rm -rf "$work/without" "$work/with"
        : >"$work/log"
        reads_other_versions
    done
}

reads_other_versions() {
    act() {
        "$PYTHON" - "$library" "$work/new.so" $versions <<'CODE'
import sys
bytes = open(sys.argv[1], "rb").read()
at = bytes.index(b"owneronly\0\0\0", bytes.index(b"\x0a\0\0\0\x08\0\0\0\x01\0\0\0owneronly")) + 12
note = b"".join(int(version).to_bytes(4, sys.byteorder) for version in sys.argv[3:])
open(sys.argv[2], "wb").write(bytes[:at] + note + bytes[at + 8:])
CODE
        cp "$library" "$work/kept.so"
        subject bash -c "cd $work; mv new.so libowneronly.so; cd - >/dev/null; exec cat <<<'[1]' > $F"
        mv "$work/kept.so" "$library"
    }
    holds() { published_early_because "does not read this version's hand-overs"; }
    both_ways
}

@test "304: a file system that allows no execution" {
    need_mounts
    mkdir "$work/mount"
    preload=${OWNERONLY_PRELOAD_FIRST:+$OWNERONLY_PRELOAD_FIRST:}$work/mount/libowneronly.so
    act() {
        in_name_space "mount -t tmpfs none $work/mount && cp $library $work/mount" \
            bash -c "mount -o remount,noexec $work/mount; exec cat <<<'[1]' > $F"
    }
    holds() { published_early_because "allows no execution"; }
    both_ways
}

@test "303: the loader's own words for its directories are understood; 304: \$ORIGIN is not" {
    mkdir -p "$work/lib/x86_64-linux-gnu" "$work/lib/aarch64-linux-gnu" "$work/lib64"
    for directory in "$work"/lib/* "$work/lib64"; do cp "$library" "$directory"; done
    preload=${OWNERONLY_PRELOAD_FIRST:+$OWNERONLY_PRELOAD_FIRST:}$work/\$LIB/libowneronly.so
    act() { subject bash -c "exec cat <<<'[1]' > $F"; }
    holds() { handed_over_to cat; }
    both_ways
    rm -rf "$work/without" "$work/with"
    : >"$work/log"
    preload="$preload \$ORIGIN/../libowneronly.so"
    preload=${OWNERONLY_PRELOAD_FIRST:+$OWNERONLY_PRELOAD_FIRST:}\$ORIGIN/libowneronly.so
    act() {
        cp "$(command -v bash)" "$(command -v cat)" .
        cp "$library" .
        subject ./bash -c "exec ./cat <<<'[1]' > $F"
    }
    holds() { published_early_because "no path that is certain"; }
    both_ways
}

@test "303: a name without a slash is found again in the loader's own directories; 304: elsewhere that is not certain" {
    need_mounts
    chain=${OWNERONLY_PRELOAD_FIRST:+$OWNERONLY_PRELOAD_FIRST:}libowneronly.so
    for place in /usr/lib "/usr/lib/$(uname -m)-linux-gnu" /usr/lib/elsewhere; do
        rm -rf "$work/without" "$work/with"
        : >"$work/log"
        act() {
            local preload=$chain
            in_name_space "mount -t tmpfs none /mnt && mkdir /mnt/up /mnt/work &&
                mount -t overlay -o lowerdir=/usr/lib,upperdir=/mnt/up,workdir=/mnt/work none /usr/lib &&
                mkdir -p $place && cp $library $place" \
                env LD_LIBRARY_PATH="$place" bash -c "exec cat <<<'[1]' > $F"
        }
        holds() {
            if [ "${place##*/}" = elsewhere ]; then published_early_because "no path that is certain"; else handed_over_to cat; fi
        }
        both_ways || {
            echo "place: $place"
            return 1
        }
    done
}

# Runs a program with the library in /etc/ld.so.preload, and no environment but for the log.
loaded_by_file() {
    local text=$work/empty
    [ "$column" = without ] || text=$work/preload
    : >"$work/empty"
    printf '# comment %s\n\t%s\n' /nowhere/libowneronly.so "${preload/:/ }" >"$work/preload"
    unshare -m sh -c "mount -t tmpfs none /mnt && mkdir /mnt/up /mnt/work &&
        mount -t overlay -o lowerdir=/etc,upperdir=/mnt/up,workdir=/mnt/work none /etc &&
        cp $text /etc/ld.so.preload && exec env -i OWNERONLY_LOG=$work/log \"\$@\"" sh "$@" 2>"$work/stderr"
}

@test "303: loaded by ld.so.preload, with nothing about it in the environment" {
    need_mounts
    act() { loaded_by_file bash -c "exec cat <<<'[1]' > $F"; }
    holds() { handed_over_to cat; }
    both_ways
}

@test "303: loaded by ld.so.preload, and an execve(2) without any environment" {
    need_mounts
    act() {
        loaded_by_file "$PYTHON" -c "import ctypes, os
os.dup2(os.open('$F', os.O_WRONLY | os.O_CREAT), 1)
ctypes.CDLL(None).execve(b'/bin/echo', (ctypes.c_char_p * 3)(b'echo', b'[1]', None), None)"
    }
    holds() { content_is '[1]' "$F" && mode_is 600 "$F" && ! log_has "not whole"; }
    both_ways
}

# Makes the words of what can't be executed; prints "errno path" for each.
make_failures() {
    cat >failures.py <<'CODE'
import errno, os, shutil, sys
def make(name, content, mode=0o755):
    with open(name, "wb") as f: f.write(content)
    os.chmod(name, mode)
    return "./" + name
program = open(shutil.which("true"), "rb").read()
at = program.index(b"/lib")
cases = {
    "nowhere": (errno.ENOENT, "./nowhere"), "directory": (errno.EACCES, "/tmp"),
    "not executable": (errno.EACCES, make("plain", b"#!/bin/sh\n", 0o644)),
    "no directory": (errno.ENOTDIR, "/etc/passwd/x"), "too long": (errno.ENAMETOOLONG, "x" * 300),
    "text": (errno.ENOEXEC, make("text", b"echo hello\n")), "empty": (errno.ENOEXEC, make("empty", b"")),
    "script of nobody": (errno.ENOENT, make("script", b"#!/no/such/shell\n")),
    "loader of nobody": (errno.ENOENT, make("program", program[:at] + b"/LIB" + program[at + 4:])),
    "object file": (errno.ENOEXEC, make("object", program[:16] + b"\1\0" + program[18:])),
    "cut short": (errno.ENOEXEC, make("short", program[:64])),
    "scripts without end": (errno.ELOOP, make("loop", b"#!./loop\n")),
}
if not os.path.exists("/proc/sys/fs/binfmt_misc/register"):
    cases["bytes"] = (errno.ENOEXEC, make("bytes", b"\0\1\2\3" * 99))
if sys.argv[1] == "told":
    busy = open(make("busy", program), "ab")
    cases["busy"] = (errno.ETXTBSY, "./busy")
    cases["too big"] = (errno.E2BIG, "/bin/true")
CODE
}

# Execs of all that make_failures makes, by a program that has a file pending.
cat_failing_execs() {
    cat <<'CODE'
import ctypes, errno, os, platform, sys
exec(open("failures.py").read())
told, inherited, by_number, F = sys.argv[1:]
fd = os.open(F, os.O_WRONLY | os.O_CREAT)
os.set_inheritable(fd, inherited == "True")
# The flags of the library's own descriptors: are they inherited?
def flags(): return [line for n in sorted(os.listdir("/proc/self/fdinfo")) if int(n) > 100 for line in open(f"/proc/self/fdinfo/{n}") if "flags" in line]
before = flags()
os.write(fd, b"[")
libc = ctypes.CDLL(None, use_errno=True)
numbers = {"x86_64": (59, 322), "aarch64": (221, 281)}.get(platform.machine())
for name, (expected, path) in cases.items():
    words = (ctypes.c_char_p * 3)(b"x", b"y" * (200000 if name == "too big" else 1), None)
    environment = (ctypes.c_char_p * (len(os.environ) + 1))(*[k + b"=" + v for k, v in os.environb.items()], None)
    calls = [lambda: libc.execve(path.encode(), words, environment), lambda: libc.execv(path.encode(), words)]
    if numbers and by_number:
        calls += [lambda: libc.syscall(numbers[0], path.encode(), words, environment),
                  lambda: libc.syscall(numbers[1], -100, path.encode(), words, environment, 0)]
    for call in calls:
        if call() != -1 or ctypes.get_errno() != expected: print(name, "failed otherwise", ctypes.get_errno())
        if F in os.listdir("."): print(name, "published it")
        if flags() != before: print(name, "changed a descriptor")
        os.write(fd, b"1,")
os.write(fd, b"2]")
os.close(fd)
CODE
}

exec_fails_and_nothing_changes() {
    holds() { [ ! -s answer ] && mode_is 600 "$F" && grep -qE '^\[(1,){20,}2\]$' "$F" && ! log_has 'not whole'; }
    for inherited in False True; do
        rm -rf "$work/without" "$work/with"
        both_ways || {
            cat answer
            return 1
        }
    done
}

@test "305: an exec that fails leaves the file pending and writable, whatever it fails with" {
    told=no
    kernel_tells && told=told
    act() {
        make_failures
        subject "$PYTHON" -c "$(cat_failing_execs)" "$told" "$inherited" by_number "$F" >answer
    }
    exec_fails_and_nothing_changes
}

@test "305: the same where the kernel does not tell beforehand, but for ETXTBSY and E2BIG" {
    command -v strace >/dev/null || skip "strace is not installed"
    strace -qq -o /dev/null -e trace=execveat -e inject=execveat:error=EINVAL true || skip "no tracing here"
    act() {
        make_failures
        subject strace -qq -o "$work/trace" -e trace=execveat -e inject=execveat:error=EINVAL \
            "$PYTHON" -c "$(cat_failing_execs)" no "$inherited" "" "$F" >answer
        [ "$column" = without ] || grep -q INJECTED "$work/trace" || echo "nothing was injected" >>answer
    }
    exec_fails_and_nothing_changes
}

@test "304: a directory of the command's name in PATH is passed over, where the kernel does not tell as well" {
    command -v strace >/dev/null || skip "strace is not installed"
    strace -qq -o /dev/null -e trace=execveat -e inject=execveat:error=EINVAL true || skip "no tracing here"
    act() {
        mkdir -p way/prog bin
        printf '#!/bin/sh\necho "[1]"\n' >bin/prog
        chmod 755 bin/prog
        PATH="$PWD/way:$PWD/bin:$PATH" subject strace -qq -o "$work/trace" -e trace=execveat \
            -e inject=execveat:error=EINVAL sh -c "exec $(command -v env) -u LD_PRELOAD prog > $F"
    }
    holds() { published_early_because "does not name the library" && grep -q INJECTED "$work/trace"; }
    both_ways
}

@test "305: fexecve(3) of a script that closes on exec fails, and changes nothing" {
    act() {
        printf '#!/bin/sh\n' >script
        chmod +x script
        python 'fd = os.open(F, os.O_WRONLY | os.O_CREAT)
os.write(fd, b"[")
script = os.open("script", os.O_RDONLY)
try: os.execve(script, ["script"], os.environ)
except OSError as e: print(errno.errorcode[e.errno], F in os.listdir("."))
os.write(fd, b"1]"); os.close(fd)' >answer
    }
    holds() { content_is "ENOENT False" answer && content_is '[1]' "$F" && mode_is 600 "$F"; }
    both_ways
}

@test "305 306: the exec of a fork or vfork child, whether it fails or not, changes nothing of the parent's" {
    act() {
        make_failures
        python 'import subprocess
sys.argv[1] = ""
exec(open("failures.py").read())
fd = os.open(F, os.O_WRONLY | os.O_CREAT)
inherited = os.dup(fd)
os.set_inheritable(inherited, True)
os.write(fd, b"[")
for program in [path for _, path in cases.values()] + ["/bin/true"]:
    for before in (None, lambda: None):
        try: subprocess.run([program], close_fds=False, preexec_fn=before)
        except OSError: pass
        if F in os.listdir("."): print(program, "published it")
        os.write(fd, b"1,")
os.write(fd, b"2]")
os.close(fd); os.close(inherited)' x >answer
    }
    holds() { [ ! -s answer ] && mode_is 600 "$F" && grep -qE '^\[(1,){20,}2\]$' "$F" && ! log_has 'not whole'; }
    both_ways
}

@test "305: a script without #!, by execvp(3): the shell that runs it is the next image" {
    act() {
        printf '%s\n' "ls | grep -qx \"\$1\" || echo '[1]'" >script
        chmod +x script
        subject bash -c "exec env ./script $F > $F"
    }
    holds() { handed_over_to '(sh|dash|bash)'; }
    both_ways
}

@test "305: a script without #!, by a shell that runs it itself" {
    for shell in sh bash zsh ksh; do
        command -v "$shell" >/dev/null || continue
        rm -rf "$work/without" "$work/with"
        : >"$work/log"
        act() {
            printf '%s\n' "ls | grep -qx \"\$1\" || echo '[1]'" >script
            chmod +x script
            subject "$shell" -c "exec ./script $F > $F"
        }
        holds() { content_is '[1]' "$F" && mode_is 600 "$F" && ! log_has "not whole"; }
        both_ways || {
            echo "shell: $shell"
            return 1
        }
    done
}

@test "304: blanks behind #! are no part of the interpreter, which is a static program" {
    need_static_program
    act() {
        printf '#! \t/bin/busybox echo\n' >script
        chmod +x script
        subject bash -c "exec ./script > $F"
    }
    holds() { grep -q "/script$" "$F" && mode_is 600 "$F" && log_has "result=ok $WORK_ON.*static"; }
    both_ways
}

@test "304: a program with file capabilities" {
    need_root
    settings=(OWNERONLY_LOG=stderr)
    policy <<<$'[rule]\nmatch = *client_api_config.json'
    act() {
        chmod 777 .
        cp "$(command -v cat)" .
        # CAP_NET_BIND_SERVICE, permitted and effective.
        "$PYTHON" -c 'import os, struct
os.setxattr("cat", "security.capability", struct.pack("<5I", 0x02000001, 1 << 10, 0, 0, 0))' || skip "no file capabilities here"
        subject_under 4 setpriv --reuid=65534 --regid=65534 --clear-groups bash -c "exec ./cat <<<'[1]' > $F"
    }
    holds() {
        content_is '[1]' "$F" && mode_is 600 "$F" && stderr_has "action=publish result=ok $WORK_ON.*has file capabilities"
    }
    both_ways
}

@test "304: a command line that leaves no room for the hand-over" {
    kernel_tells || skip "this kernel does not tell beforehand"
    # A quarter of the stack is for the words and the environment: filled to the last byte.
    act() {
        python 'import ctypes, platform, resource
resource.setrlimit(resource.RLIMIT_STACK, (1 << 20, resource.getrlimit(resource.RLIMIT_STACK)[1]))
number = {"x86_64": 322, "aarch64": 281}[platform.machine()]
libc = ctypes.CDLL(None)
def words(size): return [b"sh", b"-c", b"echo \"[1]\""] + [b"x" * 65536] * (size // 65536) + [b"x" * (size % 65536)]
def array(strings): return (ctypes.c_char_p * (len(strings) + 1))(*strings, None)
environment = array([k + b"=" + v for k, v in os.environb.items()])
fits, beyond = 0, 1 << 20
while beyond - fits > 1:
    size = (fits + beyond) // 2
    if libc.syscall(number, -100, b"/bin/sh", array(words(size)), environment, 0x10000) == 0: fits = size
    else: beyond = size
os.dup2(os.open(F, os.O_WRONLY | os.O_CREAT), 1)
os.execve("/bin/sh", words(fits), os.environb)'
    }
    holds() { published_early_because "no room for the hand-over among its arguments"; }
    both_ways
}

@test "303: through as many scripts as the kernel follows" {
    act() {
        printf '#!%s\n' "$(command -v cat)" >s5
        for i in 4 3 2 1; do printf '#!./s%s\n' $((i + 1)) >"s$i"; done
        chmod +x s?
        subject bash -c "exec ./s1 <<<x > $F"
    }
    policy <<<$'[rule]\nmatch = *client_api_config.json'
    holds() { grep -q '^#!' "$F" && mode_is 600 "$F" && log_has 'program="cat" .*action=publish result=ok mode'; }
    both_ways
}

@test "303: execve and execveat by number hand over, 304: and publish before a program without the library" {
    need_static_program
    [ "$(uname -m)" = x86_64 ] || [ "$(uname -m)" = aarch64 ] || skip "the numbers are not known here"
    for call in execve execveat execveat-by-descriptor; do
        for program in /bin/echo /bin/busybox; do
            rm -rf "$work/without" "$work/with"
            : >"$work/log"
            act() {
                python 'import ctypes, platform
call, program = sys.argv[1], sys.argv[2].encode()
os.dup2(os.open(F, os.O_WRONLY | os.O_CREAT), 1)
numbers = {"x86_64": (59, 322), "aarch64": (221, 281)}[platform.machine()]
words = (ctypes.c_char_p * 3)(b"echo", b"[1]", None)
environment = (ctypes.c_char_p * (len(os.environ) + 1))(*[k + b"=" + v for k, v in os.environb.items()], None)
libc = ctypes.CDLL(None)
if call == "execve": libc.syscall(numbers[0], program, words, environment)
elif call == "execveat": libc.syscall(numbers[1], -100, program, words, environment, 0)
else: libc.syscall(numbers[1], os.open(program, os.O_PATH), b"", words, environment, 0x1000)' "$call" "$program"
            }
            holds() {
                if [ "$program" = /bin/echo ]; then handed_over_to echo; else published_early_because "static"; fi
            }
            both_ways || {
                echo "call: $call of $program"
                return 1
            }
        done
    done
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
        holds() { [ ! -e "$F" ] && content_is '[1]' "right/$F" && mode_is 600 "right/$F"; }
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
        cp -L "$PYTHON" plain
        cp plain setid
        chmod 4755 setid
        chmod 777 .
        local chain=
        [ "$column" = without ] || chain=libowneronly.so
        unshare -m sh -c "mount -t tmpfs none /mnt && mkdir /mnt/up /mnt/work &&
            mount -t overlay -o lowerdir=/usr/lib,upperdir=/mnt/up,workdir=/mnt/work none /usr/lib &&
            cp $library /usr/lib/libowneronly.so && chmod 4755 /usr/lib/libowneronly.so && ldconfig &&
            for words in './setid switch switch-' './plain give plain' './plain give setid'; do
                set -- \$words
                setpriv --reuid=65534 --regid=65534 --clear-groups env LD_PRELOAD=$chain \
                    OWNERONLY_MODE=off OWNERONLY_LOG=$work/nolog \$1 -I $work/program \$2 \$3
            done" >answer 2>"$work/stderr"
    }
    holds() {
        content_is $'True\nTrue 1\nTrue 0' answer && mode_is 600 "switch-$F" && mode_is 600 "plain$F" &&
            [ ! -e "setid$F" ] && [ ! -e "$work/nolog" ]
    }
    both_ways
}
