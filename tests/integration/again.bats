#!/usr/bin/env bats
# Contract 209: a protected name that is opened again while it is pending.
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154

load helper

# Both descriptors, seen while the name has not been published.
is_appended() {
    [ "$rc" = 0 ] && content_is '[1,2]' "$F" && mode_is 600 "$F"
}

@test "209: append handles of one process lose nothing" {
    act() {
        python 'a = open(F, "a"); b = open(F, "a")
a.write("[1,"); a.flush(); b.write("2]"); b.close(); a.close()'
    }
    holds() { is_appended; }
    both_ways
}

@test "209: w, then a, in one process" {
    act() {
        python 'w = open(F, "w"); w.write("[1,"); w.flush()
a = open(F, "a"); a.write("2]"); a.close(); w.close()'
    }
    holds() { is_appended; }
    both_ways
}

@test "209: an append while another descriptor holds >> open, in a shell" {
    act() {
        # shellcheck disable=SC2016
        subject bash -c 'exec 3>>"$1"; printf "[1," >&3; printf "2]" >>"$1"; exec 3>&-' - "$F"
    }
    holds() { is_appended; }
    both_ways
}

@test "209: r+ sees what is pending, by another name of its directory too" {
    act() {
        python 'os.mkdir("d"); os.symlink("d", "l")
w = open("d/" + F, "w"); w.write("[1,3]"); w.flush()
u = open("l/" + F, "r+"); assert u.read() == "[1,3]"; u.seek(3); u.write("2"); u.close(); w.close()
os.rename("d/" + F, F)'
    }
    holds() { is_appended; }
    both_ways
}

@test "209: a link that is followed leads to what is pending" {
    policy <<<$'[rule]\nmatch = *client_api_config.json\nmatch = link.json\nsymlink = follow'
    act() {
        python 'os.symlink(F, "link.json")
w = open(F, "w"); w.write("[1,"); w.flush()
a = open("link.json", "a"); a.write("2]"); a.close(); w.close()'
    }
    holds() { is_appended; }
    both_ways
}

@test "209: a link that has the same name elsewhere leads there as well, also where nothing stands yet" {
    policy <<<$'[rule]\nmatch = *client_api_config.json\nsymlink = follow'
    act() {
        python 'os.mkdir("d"); os.symlink("../" + F, "d/" + F)
w = open(F, "w"); w.write("[1,"); w.flush()
a = open("d/" + F, "a"); a.write("2]"); a.close()
u = open("d/" + F, "r+"); assert u.read() == "[1,2]"; u.seek(1); u.write("1"); u.close(); w.close()'
    }
    holds() { is_appended; }
    both_ways
}

@test "112: an append through a link that is followed goes to the file itself, whatever else is pending" {
    policy <<<$'[rule]\nmatch = *.token\nsymlink = follow'
    act() {
        python 'os.symlink("a.token", "link.token")
os.close(os.open("a.token", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644))
w = open("b.token", "w"); a = open("link.token", "a"); a.write("1"); a.flush()
if os.fork() == 0: os.execvp("sh", ["sh", "-c", "printf 2 >>a.token"])
os.wait(); a.write("3"); a.close(); w.close()'
    }
    holds() { [ "$rc" -eq 0 ] && content_is 123 a.token && mode_is 600 a.token; }
    both_ways
}

@test "209: without /proc what is pending is not joined, by a link as little: EACCES, and a line" {
    need_mounts
    policy <<<$'[rule]\nmatch = *client_api_config.json\nmatch = link.json\nsymlink = follow'
    act() {
        # shellcheck disable=SC2034
        in_name_space 'mount -t tmpfs none /proc' "$PYTHON" -c 'import errno, os, sys
def opened(name):
    try: os.close(os.open(name, os.O_WRONLY | os.O_APPEND | os.O_CREAT)); return "ok"
    except OSError as e: return errno.errorcode[e.errno]
F = sys.argv[1]
os.symlink(F, "link.json"); os.open(F, os.O_WRONLY | os.O_CREAT)
print(opened(F), opened("link.json"))' "$F" >answer
    }
    holds() {
        content_is "EACCES EACCES" answer &&
            [ "$(grep -c 'action=refuse result=EACCES reason="what is pending cannot be joined without /proc"' "$work/stderr")" = 2 ]
    }
    both_ways
}

@test "209: a stream that appends to what another stream has pending" {
    act() {
        python 'import ctypes
c = ctypes.CDLL(None); c.fopen.restype = ctypes.c_void_p
name = F.encode()
w = ctypes.c_void_p(c.fopen(name, b"w")); c.fputs(b"[1,", w); c.fflush(w)
a = ctypes.c_void_p(c.fopen(name, b"a")); c.fputs(b"2]", a)
assert c.fclose(a) == 0 and c.fclose(w) == 0'
    }
    holds() { is_appended; }
    both_ways
}

@test "209: a second truncation starts a new file, and the last to close wins" {
    act() {
        python 'a = open(F, "w"); b = open(F, "w")
a.write("[1,2]"); b.write("[\"b\", \"longer than that\"]"); b.close(); a.close()'
    }
    holds() { is_appended; }
    both_ways
}

# The duplicate is nobody else's, who would go on writing.
@test "208 209: opened twice to write and renamed away: neither file comes back under the old name" {
    policy <<<$'[rule]\nmatch = *.token'
    act() {
        python 'a = open("a.token", "w"); a.write("first"); a.flush()
b = open("a.token", "w"); b.write("second"); b.flush(); os.rename("a.token", "b.token"); b.close(); a.close()'
    }
    holds() { [ "$rc" -eq 0 ] && [ "$(ls)" = b.token ] && content_is second b.token && mode_is 600 b.token; }
    both_ways
}

@test "209 309: a truncate(2) by name that fails leaves what is pending as it was" {
    policy <<<$'[rule]\nmatch = *.token'
    act() {
        python 'a = open("a.token", "w"); a.write("whole"); a.flush()
try: os.truncate("a.token", 1 << 62)
except OSError as e: print(errno.errorcode[e.errno])
a.close()' >answer
    }
    holds() { [ "$rc" -eq 0 ] && content_is EFBIG answer && content_is whole a.token && mode_is 600 a.token; }
    both_ways
}

@test "302 310: an unfinished document is refused at the end of a process with two descriptors of it" {
    act() {
        printf '[1,2]' >"$F"
        chmod 600 "$F"
        python 'fd = os.open(F, os.O_WRONLY | os.O_TRUNC); os.write(fd, b"[1,"); os.dup(fd); os._exit(0)' ||
            rc=$?
    }
    holds() { is_appended && { [ "$column" = without ] || stderr_has 'result=EBADMSG'; }; }
    both_ways
}

@test "302: a whole document is published at the end of a process with two descriptors of it" {
    act() {
        python 'fd = os.open(F, os.O_WRONLY | os.O_CREAT); os.write(fd, b"[1,2]"); os.dup(fd); os._exit(0)' ||
            rc=$?
    }
    holds() { is_appended; }
    both_ways
}

@test "209 310: whoever opened it again only to write may be the last, and its content is checked all the same" {
    policy <<<$'[rule]\nmatch = *.json\ncontent = json'
    act() {
        python 'first = os.open(F, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
last = os.open(F, os.O_WRONLY | os.O_APPEND)
os.write(first, b"[1,")
os.close(first)
os.write(last, b"2]")
os.close(last)'
    }
    holds() { [ "$rc" = 0 ] && content_is '[1,2]' "$F" && mode_is 600 "$F"; }
    both_ways
}

@test "208 209: opened again to be emptied, without O_CREAT, what is pending is there" {
    for old in '' '["old"]'; do
        rm -rf "$work/without" "$work/with"
        act() {
            [ -z "$old" ] || echo "$old" >"$F"
            python 'first = os.open(F, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o444); os.write(first, b"[1]")
second = os.open(F, os.O_WRONLY | os.O_TRUNC); os.write(second, b"[2]"); os.close(first); os.close(second)
print(open(F).read())' >answer
        }
        holds() { content_is '[2]' answer && mode_is "$([ -z "$old" ] && echo 400 || echo 600)" "$F"; }
        both_ways
    done
}
