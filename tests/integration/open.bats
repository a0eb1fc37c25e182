#!/usr/bin/env bats
# Which opens are redirected, and what they leave: promise 1, contract 101 to 105 and 203.
# SPDX-License-Identifier: Apache-2.0

load helper

@test "101: a fresh file is owner-only (Python: open64, close)" {
    act() { python 'json.dump({"a": 1}, open(F, "w"))'; }
    holds() { mode_is 600 "$F" && content_is '{"a": 1}' "$F"; }
    both_ways
}

@test "101: an existing 0644 file is tightened" {
    act() { echo '{}' >"$F"; python 'json.dump([2], open(F, "w"))'; }
    holds() { mode_is 600 "$F" && content_is '[2]' "$F"; }
    both_ways
}

@test "101: content that is read, merged and written again in one process is whole" {
    act() {
        echo '{"a": 1}' >"$F"
        python 'd = json.load(open(F)); d["b"] = 2; json.dump(d, open(F, "w"))'
    }
    holds() { mode_is 600 "$F" && content_is '{"a": 1, "b": 2}' "$F"; }
    both_ways
}

@test "101: owner-only by awk" {
    act() { subject awk 'BEGIN { print "[1]" > "'"$F"'" }'; }
    holds() { mode_is 600 "$F" && content_is '[1]' "$F"; }
    both_ways
}

@test "101: owner-only by tee (fopen, fclose)" {
    act() { echo '[3]' | subject tee "$F" >/dev/null; }
    holds() { mode_is 600 "$F" && content_is '[3]' "$F"; }
    both_ways
}

@test "101: owner-only by dd (open, dup2, close of the alias)" {
    # The block size is what an address sanitizer's aligned_alloc accepts.
    act() { echo '[4]' | subject dd of="$F" bs=4096; }
    holds() { mode_is 600 "$F" && content_is '[4]' "$F"; }
    both_ways
}

@test "101: owner-only by cp, fresh and over (openat, copy_file_range)" {
    act() { echo '[5]' >source; subject cp source "$F"; chmod 644 source; subject cp source "$F"; }
    holds() { mode_is 600 "$F" && content_is '[5]' "$F"; }
    both_ways
}

@test "101: owner-only by every entry point that no program at hand uses" {
    every_entry_point_both_ways
}

@test "101: O_RDONLY|O_TRUNC does not empty the old file before the close" {
    act() {
        echo '[1]' >"$F"
        python 'fd = os.open(F, os.O_RDONLY | os.O_TRUNC); print(os.stat(F).st_size, end="")' >size
    }
    holds() { content_is 4 size; }
    both_ways
}

@test "102: readers see the old file while a write is pending" {
    act() {
        echo '[1]' >"$F"
        python 'f = open(F, "w"); f.write("[2]"); f.flush(); print(open(F).read(), end="")' >seen
    }
    holds() { content_is '[1]' seen && content_is '[2]' "$F"; }
    both_ways
}

@test "102: jq over its own input leaves a whole document" {
    act() { echo '{"a":1}' >"$F"; subject bash -c "jq -c . $F > $F"; }
    holds() { content_is '{"a":1}' "$F" && mode_is 600 "$F"; }
    both_ways
}

@test "103: O_RDONLY|O_CREAT creates 0600" {
    act() { python 'os.close(os.open(F, os.O_RDONLY | os.O_CREAT, 0o644))'; }
    holds() { mode_is 600 "$F"; }
    both_ways
}

@test "105: what is appended is added to the old content" {
    act() { echo '[' >"$F"; subject bash -c "echo '1]' >> $F"; }
    holds() { content_is $'[\n1]' "$F" && mode_is 600 "$F"; }
    both_ways
}

@test "105: r+ changes what it writes, and keeps the rest" {
    act() { echo '[1, 2]' >"$F"; python 'f = open(F, "r+"); f.seek(1); f.write("7"); f.close()'; }
    holds() { content_is '[7, 2]' "$F" && mode_is 600 "$F"; }
    both_ways
}

@test "105: the append offset is at the end of the copy" {
    act() {
        echo '[1,' >"$F"
        python 'f = open(F, "a"); f.write("2]"); f.flush(); print(f.tell(), end="")' >offset
    }
    holds() { content_is 6 offset && content_is $'[1,\n2]' "$F" && mode_is 600 "$F"; }
    both_ways
}

@test "201: a path relative to a directory descriptor" {
    act() {
        mkdir d
        python 'd = os.open("d", os.O_RDONLY)
fd = os.open(F, os.O_WRONLY | os.O_CREAT, 0o644, dir_fd=d); os.write(fd, b"[]"); os.close(fd)'
    }
    holds() { mode_is 600 "d/$F" && content_is '[]' "d/$F"; }
    both_ways
}

@test "201: a relative path, and one after chdir" {
    act() {
        mkdir -p d/e
        python 'json.dump([], open("d/e/../" + F, "w")); os.chdir("d/e"); json.dump([1], open(F, "w"))'
    }
    holds() { mode_is 600 "d/$F" && mode_is 600 "d/e/$F" && content_is '[1]' "d/e/$F"; }
    both_ways
}

@test "201: a directory that is renamed while the file is pending still gets it" {
    act() {
        mkdir d
        python 'f = open("d/" + F, "w"); f.write("[]"); os.rename("d", "moved"); os.mkdir("d"); f.close()'
    }
    holds() { mode_is 600 "moved/$F" && [ ! -e "d/$F" ]; }
    both_ways
}

@test "201: a program that closes every descriptor but its file's" {
    act() {
        python 'f = open(F, "w"); f.write("[]"); f.flush()
os.closerange(f.fileno() + 1, 2000); os.close(f.fileno()); os._exit(0)'
    }
    holds() { mode_is 600 "$F" && content_is '[]' "$F"; }
    both_ways
}

@test "203: the program gets the lowest free descriptor, and the flags that it asked for" {
    act() {
        python 'import fcntl
fd = os.open(F, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NONBLOCK | os.O_SYNC, 0o644)
probe = os.open("/dev/null", os.O_RDONLY); os.close(fd); lowest = os.open("/dev/null", os.O_RDONLY)
flags = fcntl.fcntl(probe, fcntl.F_GETFD)
print(fd == lowest, probe == fd + 1)' >numbers
    }
    holds() { content_is 'True True' numbers && mode_is 600 "$F"; }
    both_ways
}

@test "206: a name of 255 bytes" {
    long=$(printf 'x%.0s' {1..233})$F
    [ "${#long}" = 255 ]
    act() { echo '[]' >"$long"; python "json.dump([1], open('$long', 'w'))"; }
    holds() { mode_is 600 "$long" && content_is '[1]' "$long"; }
    both_ways
}

@test "5xx: two rules, the first that matches wins; except is left alone" {
    policy <<'TEXT'
[strict]
match = *.key
except = public.key
mode = 0400

[wide]
match = *.key *.txt
mode = 0600
TEXT
    act() { python 'for n in ("a.key", "public.key", "b.txt", "c.csv"): open(n, "w").write("x")'; }
    holds() {
        mode_is 400 a.key && mode_is 600 public.key && mode_is 600 b.txt && mode_is 644 c.csv
    }
    both_ways
}

@test "5xx: a glob with a slash is about the real directory, whatever links lead there" {
    policy <<'TEXT'
[keys]
match = startup/*.key
TEXT
    act() {
        mkdir startup other
        ln -s startup link
        ln -s other fake
        mkdir fake/startup
        python 'for n in ("link/a.key", "startup/b.key", "other/c.key"): open(n, "w").write("x")'
    }
    holds() { mode_is 600 startup/a.key && mode_is 600 startup/b.key && mode_is 644 other/c.key; }
    both_ways
}

@test "5xx: mode and group of the rule" {
    policy <<TEXT
[shared]
match = *.json
mode = 0640
group = $(id -g)
TEXT
    act() { umask 0; python 'open(F, "w").write("x")'; umask 022; }
    holds() { mode_is 640 "$F" && [ "$(stat -c %g "$F")" = "$(id -g)" ]; }
    both_ways
}

@test "311: publish = open puts the file in place at open" {
    policy <<'TEXT'
[open]
match = *.json
publish = open
TEXT
    act() {
        # Another process looks: the one that opened it would be shown it anyway.
        python 'f = open(F, "w"); os.system(f"stat -c %a {F}"); f.write("x"); f.close()' >mode
    }
    holds() { content_is 600 mode && content_is x "$F"; }
    both_ways
}

@test "310: a document written with O_DIRECT is checked, and published" {
    act() {
        python 'import mmap
block = mmap.mmap(-1, 4096); block.write(b"[1]" + b" " * 4093)
try: fd = os.open(F, os.O_WRONLY | os.O_CREAT | os.O_DIRECT, 0o644)
except OSError as e: sys.exit(77 if e.errno == errno.EINVAL else 1)
os.write(fd, block); os.ftruncate(fd, 3); os.close(fd)' || rc=$?
        [ "$rc" != 77 ] || skip "no O_DIRECT on this file system"
    }
    holds() { [ "$rc" -eq 0 ] && mode_is 600 "$F" && content_is '[1]' "$F"; }
    both_ways
}

@test "101: of a mode's characters libc looks at seven, and so no more are meant" {
    act() {
        echo '["old"]' >"$F"
        python 'import ctypes
libc = ctypes.CDLL(None); libc.fopen.restype = ctypes.c_void_p
for mode in b"wbbbbbbx", b"rbbbbbb+":
    stream = ctypes.c_void_p(libc.fopen(F.encode(), mode))
    print(bool(stream) and libc.fputs(b"[1]", stream) >= 0, bool(stream) and libc.fclose(stream))
stream = ctypes.c_void_p(libc.fopen(b"c" + F.encode(), b"w,ccs=euc-jp"))
print(os.get_inheritable(libc.fileno(stream)))' >answer
    }
    holds() { content_is $'True 0\nFalse 0\nFalse' answer && content_is '[1]' "$F" && mode_is 600 "$F"; }
    both_ways
}
