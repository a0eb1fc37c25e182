#!/usr/bin/env bats
# keep-loaded = yes: a program whose environment was scrubbed is protected all the same.
#
# Each test runs twice with the library: keep-loaded = no is the control, where it must not hold.
#
# SPDX-License-Identifier: Apache-2.0

load helper

WRITE="open('$F', 'w').write('[]')"

setup() {
    common_setup
    for answer in no yes; do
        printf 'keep-loaded = %s\n\n[rule]\nmatch = *%s\ncontent = json\n' "$answer" "$F" >"$work/$answer"
    done
}

# As both_ways, with keep-loaded for the column.  holds() is about the mode of a file that was written
# unless a test has its own.
holds() {
    [ -e "$F" ] || echo "nothing was written" >>"$work/unwritten"
    mode_is 600 "$F"
}

kept_and_not() {
    local base=("${settings[@]}")
    for answer in no yes; do
        mkdir "$work/$answer.d"
        cd "$work/$answer.d"
        settings=("${base[@]}" "OWNERONLY_POLICY=$work/$answer")
        act || true
        if [ "$answer" = no ]; then
            if holds >/dev/null 2>&1; then
                echo "the control holds as well: this test proves nothing"
                return 1
            fi
            [ ! -e "$work/unwritten" ]
            [ ! -e "$F" ] || mode_is 644 "$F"
        else
            holds || {
                echo "does not hold; the directory, and what was said:"
                ls -la
                cat "$work/stderr"
                return 1
            }
            [ -z "$(find . -name '.owneronly-*')" ]
        fi
    done
}

# system(3) and popen(3) start their shell inside libc.
@test "508: system(3) reaches its shell with the environment as it is; what that lost is not given back" {
    only_with_reason="the control is the call whose environment lost it"
    settings=("OWNERONLY_POLICY=$work/yes")
    act() {
        python 'import ctypes
libc = ctypes.CDLL(None)
write = b"echo [] > "
libc.system(write + b"kept" + F.encode())
libc.unsetenv(b"LD_PRELOAD")
libc.system(write + b"lost" + F.encode())
# What that shell starts has lost it as well; what this process starts itself has not.
os.spawnv(os.P_WAIT, "/bin/sh", ["sh", "-c", "echo [] > " + F])'
    }
    holds() { mode_is 600 "kept$F" && mode_is 644 "lost$F" && mode_is 600 "$F"; }
    only_with "$only_with_reason"
}

@test "508: env -i" {
    act() { subject env -i "$PYTHON" -c "$WRITE"; }
    kept_and_not
}

@test "508: env -u LD_PRELOAD, and an LD_PRELOAD that is empty" {
    act() { subject env -u LD_PRELOAD "$PYTHON" -c "$WRITE"; }
    kept_and_not
    rm -r "$work"/*.d
    act() { subject env LD_PRELOAD= "$PYTHON" -c "$WRITE"; }
    kept_and_not
}

@test "508: a shell that unsets it, and one program behind another" {
    act() { subject sh -c 'unset LD_PRELOAD; env -i sh -c "env -i \"\$@\"" sh "$@"' sh "$PYTHON" -c "$WRITE"; }
    kept_and_not
}

@test "508: Python's subprocess with an empty environment: fork, and vfork" {
    act() {
        python 'import subprocess
subprocess.run([sys.executable, "-c", sys.argv[1]], env={}, check=True)
os.rename(F, "first")
subprocess.run([sys.executable, "-c", sys.argv[1]], env={}, check=True, preexec_fn=lambda: None)' "$WRITE"
    }
    holds() { mode_is 600 first && mode_is 600 "$F"; }
    policy_of_first() { sed -i 's/^match.*/& first/' "$work/yes" "$work/no"; }
    policy_of_first
    kept_and_not
}

@test "508: Python's posix_spawn and posix_spawnp with an empty environment" {
    for call in posix_spawn posix_spawnp; do
        rm -rf "$work"/*.d
        act() {
            python 'pid = getattr(os, sys.argv[1])(sys.executable, [sys.executable, "-c", sys.argv[2]], {})
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))' "$call" "$WRITE"
        }
        kept_and_not
    done
}

@test "508: Perl's exec and system with a cleared %ENV" {
    command -v perl >/dev/null || skip "perl is not installed"
    act() { subject perl -e '%ENV = (); exec @ARGV' "$PYTHON" -c "$WRITE"; }
    kept_and_not
    rm -r "$work"/*.d
    act() { subject perl -e '%ENV = (); system @ARGV' "$PYTHON" -c "$WRITE"; }
    kept_and_not
}

@test "508: a program that changes identity and resets the environment, as sudo does" {
    need_root
    act() {
        chown 65534:65534 .
        chmod 644 "$work/yes" "$work/no"
        subject setpriv --reuid=65534 --regid=65534 --clear-groups --reset-env "$PYTHON" -c "
import os
assert 'SECRET' not in os.environ and os.getuid() == 65534
$WRITE"
    }
    settings+=(SECRET=1)
    kept_and_not
}

@test "508: every function of the exec family, and syscall(2)" {
    for call in execl execlp execle execv execve execvp execvpe execveat fexecve SYS_execve SYS_execveat; do
        rm -rf "$work"/*.d
        act() {
            python 'import ctypes, platform
call, python = sys.argv[1], os.fsencode(sys.executable)
libc = ctypes.CDLL(None)
words = [b"python3", b"-c", os.fsencode(sys.argv[2]), None]
array = (ctypes.c_char_p * 4)(*words)
empty = (ctypes.c_char_p * 1)(None)
numbers = {"x86_64": (59, 322), "aarch64": (221, 281)}.get(platform.machine())
def number(i): return ctypes.c_long(numbers[i])
libc.clearenv()
if call in ("execl", "execlp"): getattr(libc, call)(python, *words)
elif call == "execle": libc.execle(python, *words, empty)
elif call in ("execv", "execvp"): getattr(libc, call)(python, array)
elif call in ("execve", "execvpe"): getattr(libc, call)(python, array, empty)
elif call == "execveat": libc.execveat(-100, python, array, empty, 0)
elif call == "SYS_execve": libc.syscall(number(0), python, array, None)
elif call == "SYS_execveat": libc.syscall(number(1), ctypes.c_long(-100), python, array, empty, ctypes.c_long(0))
else: libc.fexecve(os.open(python, os.O_RDONLY), array, empty)' "$call" "$WRITE"
        }
        kept_and_not || {
            echo "call: $call"
            return 1
        }
    done
}

@test "508: what the process was started with comes back, whatever it did to its own environment meanwhile" {
    act() {
        settings+=(OWNERONLY_LOG="$work/log" OWNERONLY_MODE=enforce)
        python 'for k in ("LD_PRELOAD", "OWNERONLY_LOG", "OWNERONLY_POLICY", "OWNERONLY_MODE"):
    os.environ[k] = "x" * 9999
os.environ.clear()
os.execve("/usr/bin/env", ["env"], {"A": "b"})' | sort >seen
    }
    holds() {
        diff seen - <<TEXT
A=b
LD_PRELOAD=$preload
OWNERONLY_LOG=$work/log
OWNERONLY_MODE=enforce
OWNERONLY_POLICY=$work/$answer
TEXT
    }
    kept_and_not
}

@test "508: what the caller set itself is kept: another library, another log; its globs are added to the policy" {
    act() {
        settings+=(OWNERONLY_LOG="$work/log")
        first=${OWNERONLY_PRELOAD_FIRST:+$OWNERONLY_PRELOAD_FIRST:}
        subject env -i LD_PRELOAD="${first}libm.so.6" OWNERONLY_LOG=stderr OWNERONLY_MATCH='*.key' \
            "$PYTHON" -c "
import os
open('seen', 'w').write('%(LD_PRELOAD)s %(OWNERONLY_LOG)s %(OWNERONLY_MATCH)s' % os.environ)
open('policy', 'w').write(os.environ.get('OWNERONLY_POLICY', 'none'))
open('maps', 'w').write(open('/proc/self/maps').read())
open('a.key', 'w').write('x')"
    }
    holds() {
        content_is "$first$library:libm.so.6 stderr *.key" seen && content_is "$work/$answer" policy && mode_is 600 a.key &&
            grep -q libm.so maps && stderr_has 'a.key" action=publish'
    }
    kept_and_not
}

@test "508: an environment that names the library already is not changed" {
    only_with_reason="the control would be the same program: it has nothing to lose"
    settings=("OWNERONLY_POLICY=$work/yes")
    act() { subject env -i "LD_PRELOAD=$preload" OWNERONLY_POLICY="$work/no" env >seen; }
    holds() { diff seen - <<<"LD_PRELOAD=$preload"$'\n'"OWNERONLY_POLICY=$work/no"; }
    only_with "$only_with_reason"
}

@test "303: a pending file is handed over to a program with a scrubbed environment" {
    settings+=(OWNERONLY_LOG="$work/log")
    act() {
        : >"$work/log"
        subject bash -c "exec env -i $(command -v echo) '[1]' > $F"
    }
    # With keep-loaded = no it is owner-only as well, but its wholeness is given up (304).
    holds() {
        content_is '[1]' "$F" && mode_is 600 "$F" &&
            grep -q 'program="echo" .*action=publish result=ok mode=' "$work/log"
    }
    for answer in no yes; do
        mkdir "$work/$answer.d"
        cd "$work/$answer.d"
        settings+=("OWNERONLY_POLICY=$work/$answer")
        act
        if [ "$answer" = no ]; then
            run ! holds
            grep -q 'program="env" .*reason="not whole' "$work/log"
        else
            holds
        fi
    done
}

# Without the privileges that they would gain, and so with an LD_PRELOAD that the loader leaves in the
# environment if it is there.
@test "508: a set-id program, one with file capabilities, and a set-id one that can't be read stay without" {
    need_root
    command -v setcap >/dev/null || skip "setcap is not installed"
    only_with_reason="the control are programs without privileges, with the library as well"
    settings=("OWNERONLY_POLICY=$work/yes")
    act() {
        local mode program
        for mode in 755 711 4755 2755 4711; do
            install -m "$mode" "$(command -v env)" "env-$mode"
        done
        install -m 755 "$(command -v env)" env-capable
        setcap cap_net_raw+ep env-capable
        for program in env-*; do
            subject setpriv --reuid=65534 --regid=65534 --clear-groups --no-new-privs env -i "./$program" >"$program.exec"
            subject setpriv --reuid=65534 --regid=65534 --clear-groups --no-new-privs "$PYTHON" -c 'import os, sys
os.waitpid(os.posix_spawn(sys.argv[1], sys.argv[1:], {}), 0)' "./$program" >"$program.spawn"
        done
        for way in exec spawn; do
            grep -l '^LD_PRELOAD=' ./*."$way" >"$way.with"
            grep -L '^LD_PRELOAD=' ./*."$way" >"$way.without"
        done
    }
    holds() {
        for way in exec spawn; do
            content_is "./env-711.$way"$'\n'"./env-755.$way" "$way.with" &&
                content_is "$(printf './env-%s\n' {2755,4711,4755,capable}."$way")" "$way.without" || return
        done
    }
    only_with "$only_with_reason"
}

@test "508: a static program passes on what it was given back" {
    [ -x /bin/busybox ] && ! ldd /bin/busybox >/dev/null 2>&1 || skip "no static busybox here"
    act() { subject env -i /bin/busybox sh -c '"$@"' sh "$PYTHON" -c "$WRITE"; }
    kept_and_not
}

@test "508: with an included file that says so" {
    act() { subject env -i "$PYTHON" -c "$WRITE"; }
    for answer in no yes; do
        mv "$work/$answer" "$work/$answer.part"
        printf '[mine]\nmatch = *.mine\ninclude %s.part\n' "$answer" >"$work/$answer"
    done
    kept_and_not
}

@test "502: a bad value keeps a program from starting, with file and line" {
    only_with_reason="without the library nothing reads the policy"
    printf '\nkeep-loaded = maybe\n[r]\nmatch = a\n' >"$work/bad"
    settings=("OWNERONLY_POLICY=$work/bad")
    act() { subject touch started; }
    holds() {
        [ ! -e started ] &&
            stderr_has "bad:2: keep-loaded 'maybe' is not known; use no, yes"
    }
    only_with "$only_with_reason"
}
