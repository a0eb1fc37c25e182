#!/usr/bin/env bats
# An exec that fails, or tries one file after the other, changes nothing (305).
# SPDX-License-Identifier: Apache-2.0

load helper
load exec

setup() {
    exec_setup
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

@test "305: fexecve without arguments or environment fails, as libc has it" {
    act() {
        python 'import ctypes
libc = ctypes.CDLL(None, use_errno=True)
fd = os.open(F, os.O_WRONLY | os.O_CREAT | os.O_TRUNC); os.set_inheritable(fd, True)
program = os.open("/bin/true", os.O_RDONLY); words = (ctypes.c_char_p * 2)(b"true", None)
for given in (words, None), (None, words):
    print(libc.fexecve(program, *given), errno.errorcode[ctypes.get_errno()])
os.write(fd, b"[1]"); os.close(fd)' >answer
    }
    holds() { content_is $'-1 EINVAL\n-1 EINVAL' answer && mode_is 600 "$F" && content_is '[1]' "$F"; }
    both_ways
}

@test "305 306: where nobody tells that an exec will fail, the file stays writable, also with a guest" {
    command -v strace >/dev/null || skip "strace is not installed"
    strace -qq -o /dev/null -e trace=execveat -e inject=execveat:error=EINVAL true || skip "no tracing here"
    policy <<<$'[rule]\nmatch = *client_api_config.json'
    act() {
        cp "$(type -P true)" busy
        subject strace -qq -o "$work/trace" -e trace=execveat -e inject=execveat:error=EINVAL \
            "$PYTHON" -c 'import errno, os, subprocess, sys
busy = open("busy", "ab")
fd = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT)
child = subprocess.Popen(["sh", "-c", "read line; printf 2,"], stdin=subprocess.PIPE, stdout=fd)
os.write(fd, b"[1,")
try: os.execv("./busy", ["busy"])
except OSError as e: print(errno.errorcode[e.errno])
child.communicate(b"\n")
os.write(fd, b"3]"); os.close(fd)' "$F" >answer
    }
    holds() {
        content_is ETXTBSY answer && content_is '[1,2,3]' "$F" && mode_is 600 "$F" &&
            log_has 'action=publish result=ok reason="maybe not whole: a child process still writes it'
    }
    both_ways
}
