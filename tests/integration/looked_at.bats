#!/usr/bin/env bats
# Promise 4: result=ok is a checked fact.  File systems that take any mode and keep none, hidden
# names that are swapped, and what can be told at open (110).
#
# SPDX-License-Identifier: Apache-2.0

load helper

# A mirror whose files are 0644 whatever chmod(2) says, as many network file systems are.
setup_mirror() {
    need_mounts
    command -v bindfs >/dev/null || skip "bindfs is not installed"
}

# in_mirror OPTIONS COMMAND...: in a directory `mirror`, which shows `real`.
in_mirror() {
    local options=$1
    shift
    mkdir -p real mirror
    # shellcheck disable=SC2086
    bindfs $options real mirror
    local status=0
    (cd mirror && "$@") || status=$?
    umount mirror
    return "$status"
}

KEEPS_NO_MODES='--chmod-ignore --perms=0644:a+X'

@test "110: a file system that keeps no modes is refused at open, and the old file stays" {
    setup_mirror
    settings=("OWNERONLY_MATCH=*.token")
    act() {
        mkdir real
        echo old >real/f.token
        # shellcheck disable=SC2016
        in_mirror "$KEEPS_NO_MODES" subject sh -c 'echo secret >f.token; echo secret >g.token; echo secret >>f.token; true'
    }
    holds() {
        ! grep -rq secret real && content_is old real/f.token && [ ! -e real/g.token ] &&
            stderr_has 'result=EPERM reason="the file system does not keep modes'
    }
    both_ways
}

@test "110: the same for in-place = always, and nothing is left of a file that was not there" {
    setup_mirror
    policy <<<$'[r]\nmatch = *.token\nin-place = always'
    act() {
        mkdir real
        echo old >real/f.token
        in_mirror "$KEEPS_NO_MODES" subject sh -c 'echo secret >f.token; echo secret >g.token; true'
    }
    holds() { ! grep -rq secret real && content_is old real/f.token && [ ! -e real/g.token ]; }
    both_ways
}

@test "110: the same for a file that arrives by rename" {
    setup_mirror
    act() {
        in_mirror "$KEEPS_NO_MODES" subject sh -c "echo secret >new; mv new $F; true"
    }
    holds() { [ ! -e "real/$F" ] && [ -e real/new ]; }
    both_ways
}

@test "110: the same on ntfs-3g with its default options" {
    need_mounts
    command -v ntfs-3g >/dev/null && command -v mkntfs >/dev/null || skip "ntfs-3g is not installed"
    [ -e /dev/fuse ] || skip "no FUSE here"
    act() {
        truncate -s 8M image
        mkntfs -q -F image >/dev/null 2>&1
        mkdir volume
        # shellcheck disable=SC2016
        in_name_space 'ntfs-3g image volume' sh -c 'echo "[\"secret\"]" >"volume/$0"; cat "volume/$0" >seen 2>/dev/null; true' "$F"
    }
    holds() { [ ! -s seen ] && stderr_has 'result=EPERM'; }
    both_ways
}

# Without its times FUSE would tell what it remembers; a device is no sign that the kernel itself reads it.
@test "promise 4: what stands under the name is asked for anew, also by FUSE on a device" {
    need_mounts
    command -v ntfs-3g >/dev/null && command -v mkntfs >/dev/null || skip "ntfs-3g is not installed"
    [ -e /dev/fuse ] && command -v strace >/dev/null || skip "no FUSE, or no strace here"
    cd "$work" || return
    truncate -s 8M image
    mkntfs -q -F image >/dev/null 2>&1
    local device
    device=$(losetup --find --show image) || skip "no loop device here"
    mkdir volume
    # shellcheck disable=SC2016
    unshare -m sh -c 'ntfs-3g "$1" volume && stat -f -c %T volume >kind && stat -c %d volume >number &&
        echo old >"volume/$3" && strace -qq -e statx -E "LD_PRELOAD=$2" -o trace \
            sh -c "echo new >volume/$3" 2>said; umount volume' sh "$device" "$preload" "$F"
    losetup -d "$device"
    [ "$(cat kind)" = fuseblk ] && [ "$(cat number)" -gt 255 ]
    grep -E "statx\([0-9]+, \"$F\".*, STATX_BASIC_STATS, " trace
}

@test "promise 4: a mode that is narrower than the rule's is taken, and the log tells what it is" {
    setup_mirror
    settings=("OWNERONLY_MATCH=*.token" "OWNERONLY_LOG=stderr")
    act() {
        in_mirror '--chmod-ignore --perms=0700' subject sh -c 'echo secret >f.token; stat -c %a f.token >../seen'
    }
    mkdir "$work/with"
    cd "$work/with"
    column=with
    act
    content_is 700 seen
    stderr_has 'action=publish .*result=ok mode=0700'
}

# did_and_failed OPERATION:ERRNO COMMAND...: the first call of it is done, and its answer is lost.
did_and_failed() {
    local failure=$1
    shift
    mkdir -p real mirror
    "$programs/failing_fs" -o "fail=$failure:1:1,default_permissions" real mirror
    local status=0
    (cd mirror && "$@") || status=$?
    umount mirror
    return "$status"
}

setup_failing() {
    need_mounts
    [ -r /dev/fuse ] || skip "no FUSE here"
    [ -x "$programs/failing_fs" ] || skip "built without libfuse3"
    settings=("OWNERONLY_MATCH=*.token" "OWNERONLY_LOG=stderr")
}

is_all_there() {
    [ "$rc" = 0 ] && mode_is 600 real/f.token && content_is "$1" real/f.token && content_is f.token <(ls -A real) &&
        stderr_has "action=$2 result=ok" && ! stderr_has 'result=E'
}

@test "204: a rename that was done is done, whatever it answered" {
    setup_failing
    act() {
        mkdir real
        echo old >real/f.token
        did_and_failed renamed:2 subject sh -c 'echo new >f.token'
    }
    holds() { is_all_there new publish; }
    both_ways
}

# The file system knows no RENAME_NOREPLACE.
@test "106 204: a link that was done is done, whatever it answered" {
    setup_failing
    act() { did_and_failed linked:17 subject sh -c 'set -C; echo new >f.token'; }
    holds() { is_all_there new publish; }
    both_ways
}

@test "112 204: the same for the turn to make a file owner-only, and for its end" {
    setup_failing
    act() {
        mkdir real
        echo old >real/f.token
        chmod 644 real/f.token
        did_and_failed "$failure" subject sh -c 'echo new >>f.token'
    }
    holds() { is_all_there $'old\nnew' append; }
    for failure in linked:17 renamed:2; do
        both_ways
        rm -r "$work/with" "$work/without"
    done
}

@test "206: a hidden name that another file took is not published, and close says so" {
    setup_mirror
    act() {
        mkdir real
        echo '["old"]' >"real/$F"
        # Whoever may write to the directory puts a file of his own at the hidden name.
        # shellcheck disable=SC2016
        in_mirror '' subject "$PYTHON" -c '
import errno, os, sys
name = sys.argv[1]
fd = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
os.write(fd, b"[\"new\"]")
hidden = [n for n in os.listdir("../real") if n.startswith(".owneronly-")]
for n in hidden:
    os.unlink("../real/" + n)
    open("../real/" + n, "w").write("[\"planted\"]")
try:
    os.close(fd)
    print("ok", len(hidden))
except OSError as e: print(errno.errorcode[e.errno], len(hidden))' "$F" >said
    }
    mkdir "$work/with"
    cd "$work/with"
    column=with
    act
    read -r result hidden <said
    [ "$hidden" = 1 ]
    [ "$result" != ok ]
    content_is '["old"]' "real/$F"
    # The control: where nobody does, it is.
    rm -r real mirror
    act() {
        mkdir real
        in_mirror '' subject sh -c "echo '[\"new\"]' >$F"
    }
    act
    content_is '["new"]' "real/$F"
}

@test "110: a group that the caller may not give is refused at open, also where what stands there is written" {
    need_root
    act() {
        printf '[r]\nmatch = *.json\ngroup = 0\nmode = 0640\n%s' "$1" >"$work/policy"
        chmod 644 "$work/policy"
        settings=("OWNERONLY_POLICY=$work/policy")
        rm -rf d
        mkdir d
        ( cd d && as_plain_user "$PYTHON" -c '
import errno, os, sys
try: fd = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
except OSError as e: print("open", errno.errorcode[e.errno]); sys.exit()
print("opened")' "$F" )
    }
    mkdir "$work/with"
    cd "$work/with"
    column=with
    [ "$(act '')" = "open EPERM" ]
    stderr_has "the rule's group cannot be given"
    [ "$(act $'in-place = always\n')" = "open EPERM" ]
    [ -z "$(ls d)" ]
    # The control: without the library there is no rule.
    column=without
    [ "$(act '')" = opened ]
}

@test "110: root without CAP_FOWNER is told at open in a sticky directory" {
    need_root
    need_native
    act() {
        mkdir sticky
        echo '["old"]' >"sticky/$F"
        chown 65533:65533 "sticky/$F"
        chown 65532:65532 sticky
        chmod 1755 sticky
        chmod 666 "sticky/$F"
        subject_under 3 setpriv --bounding-set=-fowner "--inh-caps=-fowner" "$PYTHON" -c '
import errno, os, sys
try: fd = os.open(sys.argv[1], os.O_WRONLY | os.O_TRUNC)
except OSError as e: print("open", errno.errorcode[e.errno]); sys.exit()
os.write(fd, b"[]")
try: os.close(fd); print("written")
except OSError as e: print("close", errno.errorcode[e.errno])' "sticky/$F"
    }
    mkdir "$work/with"
    cd "$work/with"
    column=with
    [ "$(act)" = "open EPERM" ]
    content_is '["old"]' "sticky/$F"
    rm -r sticky
    # The control: with the capability root replaces it.
    act() {
        mkdir sticky
        echo '["old"]' >"sticky/$F"
        chown 65533:65533 "sticky/$F"
        chown 65532:65532 sticky
        chmod 1755 sticky
        subject sh -c "echo '[]' >sticky/$F"
    }
    act
    content_is '[]' "sticky/$F"
}

@test "110: durability = directory in a directory that cannot be read is refused at open" {
    printf '[r]\nmatch = *.json\ndurability = directory\n' >"$work/policy"
    chmod 644 "$work/policy"
    settings=("OWNERONLY_POLICY=$work/policy")
    act() {
        mkdir d
        chmod 777 .
        [ "$(id -u)" != 0 ] || chown 65534:65534 d
        chmod 333 d
        subject_as_plain "$PYTHON" -c '
import errno, os, sys
try: fd = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT)
except OSError as e: print("open", errno.errorcode[e.errno]); sys.exit()
print("opened")' "d/$F" >said
        chmod 755 d
    }
    subject_as_plain() {
        if [ "$(id -u)" = 0 ]; then
            subject_under 4 setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
        else
            subject "$@"
        fi
    }
    holds() { content_is "open EACCES" said && stderr_has 'cannot be opened to be synced'; }
    both_ways
}

@test "109: a link and a file of another's in a sticky directory are refused as by the kernel" {
    need_mounts
    policy <<<$'[r]\nmatch = *.json\nsymlink = follow'
    mkdir "$work/with"
    cd "$work/with"
    mkdir -m 1777 sticky
    chown 65532 sticky
    echo '[]' >target.json
    ln -s ../target.json sticky/link.json
    echo '[]' >sticky/file.json
    mkfifo sticky/pipe.json
    chown -h 65533:65533 sticky/*
    chmod 666 sticky/file.json
    # attempts SETTING: as the kernel would answer if its own settings were these.
    attempts() {
        echo "$1" >setting
        in_name_space 'for s in symlinks regular fifos; do mount --bind setting /proc/sys/fs/protected_$s; done' \
            "$PYTHON" -c '
import errno, os
for name, flags in (("link", os.O_TRUNC), ("file", os.O_CREAT | os.O_TRUNC), ("file", os.O_CREAT),
                    ("pipe", os.O_CREAT | os.O_TRUNC), ("file", os.O_TRUNC)):
    try: os.close(os.open("sticky/" + name + ".json", os.O_RDWR | os.O_NONBLOCK | flags)); print("ok")
    except OSError as e: print(errno.errorcode[e.errno])'
    }
    column=with
    [ "$(attempts 1)" = $'EACCES\nEACCES\nEACCES\nEACCES\nok' ]
    # The control: where nothing is protected, nothing is refused.
    [ "$(attempts 0)" = $'ok\nok\nok\nok\nok' ]
    # In a directory that only a group may write to, files are protected by 2.
    chown -h 65533:65533 sticky/*
    chmod 1770 sticky
    [ "$(attempts 1 | head -3)" = $'ok\nok\nok' ]
    chown -h 65533:65533 sticky/*
    [ "$(attempts 2 | head -3)" = $'ok\nEACCES\nEACCES' ]
    # What is the caller's own, or the directory's owner's, is not another's.
    chmod 1777 sticky
    chown -h 0:0 sticky/*
    [ "$(attempts 2)" = $'ok\nok\nok\nok\nok' ]
    chown -h 65532:65532 sticky/*
    [ "$(attempts 2)" = $'ok\nok\nok\nok\nok' ]
}

@test "109: on a read-only mount, the errno is the plain open's" {
    need_mounts
    mkdir "$work/with"
    cd "$work/with"
    mkdir d
    echo '[]' >"d/$F"
    chmod 444 "d/$F"
    chmod 777 d
    code='
import errno, os, sys
for flags in os.O_TRUNC, 0, os.O_CREAT | os.O_TRUNC:
    try: os.close(os.open(sys.argv[1], os.O_WRONLY | flags)); print("ok")
    except OSError as e: print(errno.errorcode[e.errno])'
    for column in without with; do
        settings=("OWNERONLY_LOG=stderr")
        in_name_space 'mount --bind d d && mount -o remount,bind,ro d' \
            setpriv --reuid=65534 --regid=65534 --clear-groups "$PYTHON" -c "$code" "d/$F" >said.$column
    done
    cat said.*
    diff said.without said.with
    grep -q EROFS said.with
}
