#!/usr/bin/env bats
# Whether the next image will have the library is found out, not guessed (303, 304).
# SPDX-License-Identifier: Apache-2.0

load helper
load exec

setup() {
    exec_setup
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
    settings=("OWNERONLY_POLICY=$work/policy" OWNERONLY_LOG=stderr)
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
            grep -q "action=discard result=E" said && stderr_has "its user may not read the library that LD_PRELOAD names"
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
        '{ head -c 18 kept.so; printf "\177"; tail -c +20 kept.so; } >new.so; mv new.so libowneronly.so'; do
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
        touch '[1]'
        # Nothing is published yet when the second program looks.
        loaded_by_file "$PYTHON" -c "import ctypes, os
os.dup2(os.open('$F', os.O_WRONLY | os.O_CREAT), 1)
ctypes.CDLL(None).execve(b'/bin/ls', (ctypes.c_char_p * 2)(b'ls', None), None)"
    }
    holds() { content_is '[1]' "$F" && mode_is 600 "$F"; }
    both_ways
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
