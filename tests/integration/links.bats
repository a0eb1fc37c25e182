#!/usr/bin/env bats
# Never through a link: promise 2, contract 104, 107, 111.
# SPDX-License-Identifier: Apache-2.0

load helper

write_json() {
    python 'json.dump(["new"], open(F, "w"))'
}

is_replaced() {
    is_regular "$F" && mode_is 600 "$F" && content_is '["new"]' "$F"
}

@test "111: a symlink is replaced, its victim untouched" {
    act() { echo precious >victim; ln -s victim "$F"; write_json; }
    holds() { is_replaced && content_is precious victim; }
    both_ways
}

@test "111: a dangling symlink is replaced, and creates nothing where it points" {
    act() { ln -s elsewhere "$F"; write_json; }
    holds() { is_replaced && [ ! -e elsewhere ]; }
    both_ways
}

@test "111: symlink = refuse answers ELOOP, and says so" {
    policy <<'TEXT'
[strict]
match = *.json
symlink = refuse
TEXT
    act() {
        echo precious >victim
        ln -s victim "$F"
        python 'try: open(F, "w")
except OSError as e: sys.exit(0 if e.errno == errno.ELOOP else 1)
sys.exit(2)' || rc=$?
    }
    holds() {
        [ "$rc" = 0 ] && [ -L "$F" ] && content_is precious victim && stderr_has 'action=refuse.*ELOOP'
    }
    both_ways
}

@test "111: symlink = follow treats the final target in its own directory alike" {
    policy <<'TEXT'
[dotfiles]
match = *.json
symlink = follow
TEXT
    act() {
        mkdir dotfiles
        echo old >dotfiles/real
        ln -s dotfiles/real first
        ln -s first "$F"
        write_json
    }
    holds() {
        [ -L "$F" ] && is_regular dotfiles/real && mode_is 600 dotfiles/real &&
            content_is '["new"]' dotfiles/real
    }
    both_ways
}

@test "108 111: without O_CREAT a link that leads to nothing is ENOENT, a loop ELOOP; both stay, without a line" {
    for rule in replace refuse follow; do
        rm -rf "$work/with"
        policy <<<$'[rule]\nmatch = *.json\nsymlink = '"$rule"
        act() {
            ln -s nowhere "$F"
            ln -s loop.json loop.json
            python 'for path in F, "loop.json":
    for flags in 0, os.O_TRUNC, os.O_APPEND:
        try: os.open(path, os.O_RDWR | flags)
        except OSError as e: print(errno.errorcode[e.errno])
    try: os.truncate(path, 0)
    except OSError as e: print(errno.errorcode[e.errno])' >answer
        }
        holds() {
            [ "$(uniq -c <answer | tr -s ' \n' ' ')" = ' 4 ENOENT 4 ELOOP ' ] && [ -L "$F" ] && [ -L loop.json ] &&
                [ ! -s "$work/stderr" ]
        }
        only_with "without the library the kernel says the same"
    done
}

@test "111 208: the name of a link that is followed stands for what is pending behind it" {
    policy <<<$'[rule]\nmatch = *.json\nsymlink = follow'
    for old in '' '["old"]'; do
        rm -rf "$work/without" "$work/with"
        act() {
            mkdir there
            ln -s there/it.json link.json
            ln -s link.json "$F"
            [ -z "$old" ] || echo "$old" >there/it.json
            python 'f = open(F, "w"); f.write("[1]"); f.flush()
print(os.path.getsize("there/it.json"), len(os.popen("cat there/*").read()))
print(os.access(F, os.R_OK), len(open(F).read()), os.path.samestat(os.stat(F), os.fstat(f.fileno())), os.path.islink(F))
os.chown(F, os.getuid(), os.getgid(), follow_symlinks=False); os.chmod(F, 0o400); os.utime(F, (5, 5)); f.close()
s = os.stat(F); print(oct(s.st_mode), s.st_mtime, open(F).read())' >answer
        }
        size=${#old}
        ((size == 0)) || ((++size))
        seen=${size/#0/3}
        holds() { content_is "$seen $size"$'\n'"True $seen True True"$'\n0o100400 5.0 [1]' answer; }
        both_ways
    done
}

@test "111: a loop of links that are followed is ELOOP" {
    policy <<'TEXT'
[dotfiles]
match = *.json
symlink = follow
TEXT
    act() { ln -s other "$F"; ln -s "$F" other; write_json || rc=$?; }
    holds() { [ "$rc" = 1 ] && grep -q 'Too many levels of symbolic links' "$work/stderr"; }
    only_with "without the library the kernel says the same"
}

@test "111: appending through a link is refused with ELOOP: old content is neither followed nor dropped" {
    act() {
        echo precious >victim
        ln -s victim "$F"
        python 'try: open(F, "a")
except OSError as e: sys.exit(0 if e.errno == errno.ELOOP else 1)
sys.exit(2)' || rc=$?
    }
    holds() { [ "$rc" = 0 ] && [ -L "$F" ] && content_is precious victim; }
    both_ways
}

@test "107: O_NOFOLLOW on a symlink is ELOOP, as asked" {
    act() {
        ln -s victim "$F"
        python 'try: os.open(F, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW)
except OSError as e: sys.exit(0 if e.errno == errno.ELOOP else 1)
sys.exit(2)' || rc=$?
    }
    holds() { [ "$rc" = 0 ] && [ -L "$F" ] && [ ! -e victim ]; }
    only_with "the kernel says the same"
}

@test "promise 2: a hard link's other name keeps its content" {
    act() { echo precious >victim; ln victim "$F"; write_json; }
    holds() { is_replaced && content_is precious victim && [ "$(stat -c %h "$F")" = 1 ]; }
    both_ways
}

@test "promise 2: a FIFO is replaced, and its reader gets nothing" {
    act() {
        mkfifo "$F"
        exec 8<>"$F"
        write_json
        dd iflag=nonblock status=none <&8 >stolen 2>/dev/null || true
        exec 8>&-
    }
    holds() { is_replaced && [ ! -s stolen ]; }
    both_ways
}

@test "promise 2: a socket is replaced" {
    act() {
        python 'import socket; socket.socket(socket.AF_UNIX).bind(F)'
        write_json
    }
    holds() { is_replaced; }
    both_ways
}

@test "104: a directory at the name is EISDIR, a device is opened as it is" {
    ln -s /dev/null "$work/null"
    policy <<'TEXT'
[all]
match = null *.json
TEXT
    act() {
        mkdir "$F"
        python 'try: open(F, "w")
except OSError as e: print(e.errno == errno.EISDIR)
open("/dev/null", "w").write("x")
fd = os.open("/dev/null", os.O_WRONLY); print(os.fstat(fd).st_rdev == os.makedev(1, 3))' >answers
    }
    holds() { content_is $'True\nTrue' answers && [ -d "$F" ] && [ -c /dev/null ]; }
    only_with "the plain calls answer alike"
}

@test "104: O_PATH, O_DIRECTORY, O_TMPFILE, a trailing slash and the empty name answer as ever" {
    act() {
        echo '[]' >"$F"
        python 'import stat
def answer(path, flags):
    try: return oct(os.fstat(os.open(path, flags, 0o644)).st_mode)
    except OSError as e: return errno.errorcode[e.errno]
os.umask(0)
print(answer(F, os.O_PATH), answer(F, os.O_DIRECTORY | os.O_WRONLY), answer(".", os.O_TMPFILE | os.O_RDWR),
      answer(F + "/", os.O_WRONLY), answer("", os.O_WRONLY), answer("..", os.O_WRONLY))' >"$column-answers"
        chmod 644 "$F"
        cat "$column-answers"
    }
    mkdir "$work/without"
    column=without
    plain=$(cd "$work/without" && act)
    act_plain=$plain
    holds() { content_is "$act_plain" with-answers; }
    [[ $plain == *ENOTDIR* ]]
    only_with "the comparison with the plain answers is made above"
}
