#!/usr/bin/env bats
# Redirecting widens nobody's access, and refuses at open what could only fail later: contract 106 to
# 110.
# SPDX-License-Identifier: Apache-2.0

load helper

# Opens F in a mode, and says which error that gave, or "none"; then closes, and says again.
answer_of() {
    printf 'import errno, sys
try: f = open("%s", "%s")
except OSError as e: print("open:", errno.errorcode[e.errno]); sys.exit(0)
try: f.write("[]"); f.close()
except OSError as e: print("close:", errno.errorcode[e.errno]); sys.exit(0)
print("none")' "$F" "$1"
}

@test "106: O_EXCL sees what stands there at open, and what this process has pending" {
    act() {
        python 'os.close(os.open("first_" + F, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
a = open(F, "x")
for name in ("first_" + F, F):
    try: open(name, "x")
    except OSError as e: print(errno.errorcode[e.errno])
print(F in os.listdir("."))' >answer
    }
    holds() { content_is $'EEXIST\nEEXIST\nFalse' answer && mode_is 600 "$F"; }
    both_ways
}

@test "106: a name that appeared meanwhile is kept, and close fails with EEXIST" {
    act() {
        python 'f = open(F, "x"); f.write("[]"); f.flush()
os.system("echo other > tmp; ln tmp " + F)
try: f.close()
except OSError as e: print(errno.errorcode[e.errno])' >answer
    }
    holds() { content_is EEXIST answer && content_is other "$F" && stderr_has 'action=discard'; }
    both_ways
}

@test "108: no O_CREAT and nothing there is ENOENT" {
    act() { subject "$PYTHON" -c "$(answer_of r+)" >answer; }
    holds() { content_is 'open: ENOENT' answer; }
    only_with "the kernel says the same"
}

@test "109: a file that its caller may not write is EACCES, though the directory would allow a rename" {
    act() {
        echo old >"$F"
        chmod 444 "$F"
        as_plain_user "$PYTHON" -c "$(answer_of w)" >"$work/answer"
        cp "$work/answer" answer
    }
    holds() { content_is 'open: EACCES' answer && content_is old "$F"; }
    column=without
    mkdir "$work/without"
    cd "$work/without"
    act
    holds
    only_with "the plain open was seen to say the same"
}

@test "109: in a directory that was removed every open is ENOENT" {
    act() {
        mkdir removed
        : >answer
        for mode in w a x r+; do
            mkdir -p removed
            python "import sys
os.chdir('removed'); os.rmdir('../removed')
try: open(F, sys.argv[1])
except OSError as e: print(errno.errorcode[e.errno])" "$mode" >>answer
        done
    }
    holds() { content_is $'ENOENT\nENOENT\nENOENT\nENOENT' answer; }
    column=without
    mkdir "$work/without"
    cd "$work/without"
    act
    holds
    only_with "the plain open was seen to say the same"
}

@test "109: an immutable file is EPERM" {
    need_root
    act() {
        echo old >"$F"
        chattr +i "$F" || skip "no chattr on this file system"
        subject "$PYTHON" -c "$(answer_of w)" >answer
        chattr -i "$F"
    }
    holds() { content_is 'open: EPERM' answer && content_is old "$F"; }
    only_with "the kernel says the same of a plain open, and EPERM to the rename, too late"
}

@test "110: an append-only file that an append would have to replace is refused at open" {
    need_root
    policy <<<$'[rule]\nmatch = *.json\nappend = copy'
    act() {
        echo old >"$F"
        chattr +a "$F" || skip "no chattr on this file system"
        subject "$PYTHON" -c "$(answer_of a)" >answer
        chattr -a "$F"
    }
    holds() { content_is 'open: EPERM' answer && content_is old "$F" && stderr_has 'action=refuse result=EPERM'; }
    both_ways
}

@test "109: a running program is ETXTBSY" {
    need_native
    act() {
        cp "$(command -v sleep)" "$F"
        chmod 755 "$F"
        "./$F" 30 &
        local running=$!
        until [ "$(readlink "/proc/$running/exe")" = "$PWD/$F" ]; do :; done
        subject "$PYTHON" -c "$(answer_of w)" >answer
        kill "$running"
        wait "$running" || true
    }
    holds() { content_is 'open: ETXTBSY' answer; }
    only_with "the kernel says the same of a plain open, and nothing to a rename"
}

@test "109: a read-only file system is EROFS" {
    need_mounts
    act() {
        mkdir ro
        echo old >"ro/$F"
        in_name_space 'mount --bind ro ro && mount -o remount,ro,bind ro && cd ro' \
            "$PYTHON" -c "$(answer_of w)" >answer
    }
    holds() { content_is 'open: EROFS' answer && content_is old "ro/$F"; }
    only_with "the kernel says the same of a plain open"
}

@test "109: and it says so before the mode of the file does, which others may not write" {
    need_mounts
    act() {
        mkdir ro
        echo old >"ro/$F"
        in_name_space 'mount --bind ro ro && mount -o remount,ro,bind ro && cd ro' \
            setpriv --reuid=65534 --regid=65534 --clear-groups "$PYTHON" -c "$(answer_of w)" >answer
    }
    holds() { content_is 'open: EROFS' answer && content_is old "ro/$F"; }
    only_with "the kernel says the same of a plain open"
}

@test "110: a group that a file system takes and does not give is refused at open" {
    need_mounts
    [ -r /dev/fuse ] && command -v bindfs >/dev/null || skip "no FUSE here"
    policy <<<$'[rule]\nmatch = *.json\nmode = 0640\ngroup = 12345'
    act() {
        mkdir real mirror
        in_name_space "bindfs --chgrp-ignore real mirror && cd mirror && trap 'cd ..; umount mirror' EXIT; true" \
            "$PYTHON" -c "$(answer_of w)" >answer
    }
    holds() { content_is 'open: EPERM' answer && [ ! -e "real/$F" ]; }
    both_ways
}

@test "110: a directory that can't be written is refused at open with EACCES" {
    act() {
        mkdir d
        echo old >"d/$F"
        chmod 666 "d/$F"
        as_plain_user sh -c 'chmod 555 d; cd d; exec "$@"' sh "$PYTHON" -c "$(answer_of w)" \
            >"$work/answer"
        cp "$work/answer" answer
        chmod 755 d
    }
    holds() {
        content_is 'open: EACCES' answer && content_is old "d/$F" &&
            stderr_has 'action=refuse result=EACCES reason='
    }
    both_ways
}

@test "110: in-place = allow writes into the same file there, owner-only" {
    policy <<'TEXT'
[in-place]
match = *.json
in-place = allow
TEXT
    settings+=("OWNERONLY_LOG=stderr")
    act() {
        mkdir d
        echo old >"d/$F"
        as_plain_user sh -c 'chmod 555 d; cd d; exec "$@"' sh "$PYTHON" -c "$(answer_of w)" \
            >"$work/answer"
        chmod 755 d
    }
    holds() {
        content_is none "$work/answer" && content_is '[]' "d/$F" && mode_is 600 "d/$F" &&
            stderr_has 'action=in-place result=ok'
    }
    both_ways
}

@test "110: in-place does not write a file with a second link" {
    policy <<'TEXT'
[in-place]
match = *.json
in-place = allow
TEXT
    act() {
        mkdir d
        echo old >"d/$F"
        ln "d/$F" second
        as_plain_user sh -c 'chmod 555 d; cd d; exec "$@"' sh "$PYTHON" -c "$(answer_of w)" \
            >"$work/answer"
        chmod 755 d
    }
    holds() { content_is 'open: EPERM' "$work/answer" && content_is old second; }
    both_ways
}

@test "110: a bind-mounted file is refused at open with EBUSY" {
    need_mounts
    act() {
        echo old >"$F"
        echo other >mounted
        in_name_space "mount --bind mounted $F" "$PYTHON" -c "$(answer_of w)" >answer
    }
    holds() { content_is 'open: EBUSY' answer && content_is other mounted && content_is old "$F"; }
    both_ways
}

@test "110: another's file in a sticky directory is refused at open with EPERM" {
    need_root
    act() {
        mkdir d
        chmod 1777 d
        echo old >"d/$F"
        chmod 666 "d/$F"
        cd d
        subject_under 4 setpriv --reuid=65534 --regid=65534 --clear-groups \
            "$PYTHON" -c "$(answer_of w)" >../answer
        cd ..
    }
    holds() { content_is 'open: EPERM' answer && content_is old "d/$F"; }
    both_ways
}
