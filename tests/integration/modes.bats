#!/usr/bin/env bats
# Owner-only at every instant: promise 1, contract 204, 401 to 403.
# SPDX-License-Identifier: Apache-2.0

load helper

@test "promise 1: umask 0 leaves 0600" {
    act() { umask 0; python 'json.dump([], open(F, "w"))'; umask 022; }
    holds() { mode_is 600 "$F" && content_is '[]' "$F"; }
    both_ways
}

@test "promise 1: umask 0777 leaves 0600 too, and the content" {
    act() { python 'os.umask(0o777); json.dump([], open(F, "w"))'; }
    holds() { mode_is 600 "$F" && content_is '[]' "$F"; }
    both_ways
}

@test "promise 1: a default ACL of the directory grants nothing, now or after a later chmod" {
    act() {
        setfacl -d -m u:65534:rw,g:65534:rw . || skip "no ACLs on this file system"
        umask 0
        python 'json.dump([], open(F, "w"))'
        umask 022
    }
    holds() { mode_is 600 "$F" && no_acl_entries "$F" && chmod 640 "$F" && no_acl_entries "$F"; }
    both_ways
}

@test "403: a program that opens its pending file to others does not succeed" {
    act() {
        python 'f = open(F, "w"); os.fchmod(f.fileno(), 0o666); f.write("[]")
print(oct(os.fstat(f.fileno()).st_mode & 0o777), end="", file=open("pending", "w")); f.close()'
    }
    holds() { mode_is 600 "$F" && content_is 0o600 pending; }
    both_ways
}

@test "403: one that narrows its pending file gets what it asked for" {
    act() { python 'f = open(F, "w"); os.fchmod(f.fileno(), 0o400); f.write("[]"); f.close()'; }
    holds() { mode_is 400 "$F"; }
    only_with "a plain fchmod does the same"
}

@test "401: what mv renames onto the name is tightened" {
    act() { echo '[]' >other; subject mv other "$F"; }
    holds() { mode_is 600 "$F" && content_is '[]' "$F"; }
    both_ways
}

@test "401: an ACL on what arrives is cut, too" {
    act() {
        echo '[]' >other
        setfacl -m u:65534:r other || skip "no ACLs on this file system"
        subject mv other "$F"
    }
    holds() { mode_is 600 "$F" && no_acl_entries "$F"; }
    both_ways
}

@test "401: sed -i leaves it owner-only" {
    act() { echo '[1]' >"$F"; chmod 644 "$F"; subject sed -i s/1/2/ "$F"; }
    holds() { mode_is 600 "$F" && content_is '[2]' "$F"; }
    both_ways
}

@test "401: ln tightens what gets the name" {
    act() { echo '[]' >other; subject ln other "$F"; }
    holds() { mode_is 600 "$F"; }
    both_ways
}

@test "401: rename = pass leaves it as it is" {
    policy <<'TEXT'
[lax]
match = *.json
rename = pass
TEXT
    act() { echo '[]' >other; subject mv other "$F"; }
    holds() { mode_is 644 "$F"; }
    only_with "this is what happens without the library"
}

@test "401: an arrival that can't be tightened is refused with EPERM" {
    need_root
    act() {
        echo '[]' >other
        mkdir d
        chown 65534 d
        subject_under 4 setpriv --reuid=65534 --regid=65534 --clear-groups \
            "$PYTHON" -c "import os, errno
try: os.rename('d/../other', 'd/$F')
except OSError as e: print(errno.errorcode[e.errno])
" >answer
        chmod 777 .
        subject_under 4 setpriv --reuid=65534 --regid=65534 --clear-groups \
            "$PYTHON" -c "import os, errno
try: os.rename('other', 'd/$F')
except OSError as e: print(errno.errorcode[e.errno])
" >answer
    }
    holds() { content_is EPERM answer && [ ! -e "d/$F" ] && mode_is 644 other; }
    both_ways
}

@test "402: chmod passes by default: an operator may re-permission" {
    act() { echo '[]' >"$F"; chmod 600 "$F"; subject chmod 640 "$F"; }
    holds() { mode_is 640 "$F"; }
    only_with "this is what happens without the library"
}

@test "402: chmod = clamp keeps shutil.copy from re-opening the file" {
    policy <<'TEXT'
[copied]
match = *.json
chmod = clamp
TEXT
    act() { echo '[]' >other; python 'import shutil; shutil.copy("other", F)'; }
    holds() { mode_is 600 "$F" && content_is '[]' "$F"; }
    both_ways
}

@test "402: chmod = clamp: an ACL does not re-open the file either, by path or by number" {
    policy <<'TEXT'
[copied]
match = *.json
chmod = clamp
TEXT
    act() {
        echo '[]' >"$F"
        chmod 600 "$F"
        cp "$F" "number_$F"
        subject setfacl -m u:12345:r "$F" || echo "$?" >failed
        python 'import ctypes, platform, struct
acl = struct.pack("<I", 2) + b"".join(struct.pack("<HHI", tag, bits, 0xffffffff)
    for tag, bits in ((1, 6), (4, 4), (0x20, 4)))
number = {"x86_64": 188, "aarch64": 5}[platform.machine()]
ctypes.CDLL(None).syscall(number, b"number_" + F.encode(), b"system.posix_acl_access", acl, len(acl), 0)'
    }
    holds() {
        content_is 1 failed && mode_is 600 "$F" && no_acl_entries "$F" && mode_is 600 "number_$F"
    }
    both_ways
}

@test "402: an ACL passes by default, and always on other files" {
    act() {
        touch "$F" other
        subject setfacl -m u:12345:r "$F" other
    }
    holds() { ! no_acl_entries "$F" && ! no_acl_entries other; }
    only_with "this is what happens without the library"
}

@test "promise 5: set-id bits and modes of other files are left alone" {
    act() { touch other; subject chmod 4755 other; python 'open("x", "w"); os.rename("x", "y")'; }
    holds() { mode_is 4755 other && mode_is 644 y; }
    only_with "this is what happens without the library"
}

@test "403 112: a narrower mode that O_CREAT asks for is kept where the file itself is written, too" {
    policy <<<$'[append]\nmatch = a*.token\nmode = 0640\ngroup = '"$(id -g)"$'\n[always]\nmatch = *.token\nmode = 0640\ngroup = '"$(id -g)"$'\nin-place = always'
    act() {
        subject "$PYTHON" -c 'import os; os.umask(0)
def create(name, flags, mode): os.close(os.open(name, os.O_WRONLY | os.O_CREAT | flags, mode))
create("a1.token", os.O_APPEND, 0o600); create("a2.token", os.O_APPEND, 0o666); create("a3.token", os.O_APPEND, 0o440)
create("b1.token", os.O_TRUNC, 0o600); create("b2.token", os.O_TRUNC, 0o666); create("b3.token", os.O_EXCL, 0o440)'
    }
    holds() { [ "$(stat -c %a {a,b}{1,2,3}.token | xargs)" = '600 640 440 600 640 440' ]; }
    both_ways
}
