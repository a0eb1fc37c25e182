#!/usr/bin/env bats
# owneronly explain: owneronly(1).  What it foretells is then done, by a real program under the
# library: both must agree.
# SPDX-License-Identifier: Apache-2.0

load helper
load operator

setup() {
    operator_setup
    # Writes to $F in one of four ways, and prints "granted", or the name of the error.
    cat >"$work/write.py" <<'CODE'
import errno, os, sys
flags = {"rewrite": os.O_WRONLY | os.O_CREAT | os.O_TRUNC, "update": os.O_RDWR | os.O_CREAT,
         "append": os.O_WRONLY | os.O_CREAT | os.O_APPEND,
         "exclusive": os.O_WRONLY | os.O_CREAT | os.O_EXCL}
try:
    fd = os.open(sys.argv[2], flags[sys.argv[1]], 0o666)
    os.write(fd, b"[]")
    os.close(fd)
    print("granted")
except OSError as e:
    print(errno.errorcode[e.errno])
CODE
    name=$F
    globs=$F
}

# Every name below the directory, and all about it that explain may not alter.
seen() {
    snapshot
}

# Does explain foretell for one kind of write what the write then meets, and is its exit status that
# of all that it foretold?  expected may be "the same", where only that counts.  arrange, and "$@"
# before both programs, are the test's.
foretells() {
    local kind=$1 expected=$2
    shift 2
    rm -rf "$work/here"
    mkdir "$work/here"
    cd "$work/here" || return
    arrange
    local before foretold status=0 refusals
    before=$(seen)
    "$@" env OWNERONLY_MATCH="$globs" "$owneronly" explain "$name" >"$work/said" || status=$?
    # Only a new file where one stands is refused without a word in the status.
    refusals=$(grep -c '^  [a-z]*: refused' "$work/said" || true)
    refusals=$((refusals - $(grep -c '^  exclusive: refused with EEXIST' "$work/said" || true)))
    [ "$status" = $((refusals > 0)) ] || {
        echo "explain's exit status is $status"
        cat "$work/said"
        return 1
    }
    foretold=$(sed -n "s/^  $kind: //p" "$work/said")
    [ "$(seen)" = "$before" ] || {
        echo "explain altered something"
        return 1
    }
    foretold=$(sed -E 's/^refused with ([A-Z]+),.*/\1/; t; s/.*/granted/' <<<"$foretold")
    local met
    met=$("$@" env OWNERONLY_MATCH="$globs" LD_PRELOAD="$preload" \
        "$PYTHON" "$work/write.py" "$kind" "$name" 2>/dev/null)
    [ "$expected" != "the same" ] || expected=$met
    [ "$foretold/$met" = "$expected/$expected" ] || {
        echo "$kind: foretold $foretold, met $met, expected $expected"
        cat "$work/said"
        return 1
    }
    cleanup_here
}

cleanup_here() {
    chattr -R -i -a . 2>/dev/null || true
}

# What a rewrite and an update are to meet; an append and an exclusive creation are compared only.
both_kinds() {
    local rewrite=$1 update=$2
    shift 2
    foretells append "the same" "$@" || return
    foretells exclusive "the same" "$@" || return
    foretells rewrite "$rewrite" "$@" || return
    foretells update "$update" "$@"
}

said() {
    grep -qE -- "$1" "$work/said" || {
        cat "$work/said"
        return 1
    }
}

plain_user() {
    if [ "$(id -u)" = 0 ]; then
        setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
    else
        "$@"
    fi
}

theirs() {
    [ "$(id -u)" != 0 ] || chown -R 65534:65534 .
}

@test "the usage, and what is wrong with it" {
    usage_is_as_agreed explain
    run -2 "$owneronly" explain
    [[ $output == *"no PATH given"* ]]
}

@test "nothing there, and an old file: granted" {
    arrange() { :; }
    both_kinds granted granted
    said 'stands there: nothing'
    said 'rewrite: an unnamed file, which gets the name when the program closes it'
    arrange() { echo old >"$F"; }
    both_kinds granted granted
    said 'stands there: regular file, mode 0644'
    said 'rewrite: an unnamed file, which replaces what stands there'
}

@test "106: a new file where one stands: EEXIST, which is no news" {
    run -0 "$owneronly" explain "$F"
    [[ $output == *"  exclusive: an unnamed file, which gets the name when the program closes it"* ]]
    echo old >"$F"
    run -0 "$owneronly" explain "$F"
    [[ $output == *"  exclusive: refused with EEXIST"* ]]
    arrange() { echo old >"$F"; }
    foretells exclusive EEXIST
    arrange() { :; }
    foretells exclusive granted
}

@test "502: a policy that is refused cannot be explained" {
    OWNERONLY_MATCH=: run -3 "$owneronly" explain x
    [[ $output == "owneronly: OWNERONLY_MATCH: an empty glob"* ]]
}

@test "a path that leads nowhere is an error of its own; the others are still explained" {
    run -3 "$owneronly" explain "nowhere/$F" "$F"
    [[ $output == *"owneronly explain: nowhere/$F: ENOENT, No such file or directory"* ]]
    [[ $output == *"$PWD/$F:"*"rewrite: an unnamed file"* ]]
    run -3 "$owneronly" explain ''
}

@test "without /proc it is that which is missing, and not the path" {
    need_mounts
    [ -z "${OWNERONLY_PRELOAD_FIRST:-}" ] || skip "a sanitizer needs /proc"
    # shellcheck disable=SC2016 # the inner shell's
    run -3 unshare -m sh -c 'mount -t tmpfs none /proc && exec "$@"' sh "$owneronly" explain "$F" "nowhere/$F"
    [ "${lines[0]}" = "owneronly explain: /proc: not mounted, so the real path is not known of $F" ]
    # The control: a directory that is not there.
    [[ ${lines[1]} == "owneronly explain: nowhere/$F: ENOENT, "* ]]
}

@test "the exit status is that of the worst path, wherever it stands" {
    ln -s nothing "$F"
    run -0 "$owneronly" explain other
    run -1 "$owneronly" explain "$F"
    run -1 "$owneronly" explain "$F" other
    run -1 "$owneronly" explain other "$F"
    run -3 "$owneronly" explain other "nowhere/$F" "$F"
    run -3 "$owneronly" explain "nowhere/$F" "$F" other
    # Behind -- as before it.
    run -1 "$owneronly" explain -- other "$F"
    [[ $output == *"$PWD/other:"*"$PWD/$F:"* ]]
}

@test "the rule, the glob and their lines; what an exception passes over" {
    mkdir part
    printf '[a]\nmatch = *.key\n\nmatch = x *.json\nexcept = part/*\n[b]\nmatch = part/*\n' >policy
    run -0 "$owneronly" explain -p policy "$F"
    [[ $output == *"  rule: a, $PWD/policy:1
  match: *.json, line 4
  settings: mode=0600 symlink=replace"* ]]
    run -0 "$owneronly" explain -p policy "part/$F"
    [[ $output == "$PWD/part/$F:
  not by rule: a, $PWD/policy:1
    match: *.json, line 4
    except: part/*, line 5
  rule: b, $PWD/policy:6
  match: part/*, line 7"* ]]
    run -0 "$owneronly" explain -p policy other
    [ "$output" = "$PWD/other:
  left alone: no rule protects it" ]
    # The real path of the directory counts, whatever link led there.
    ln -s part link
    run -0 "$owneronly" explain -p policy link/y
    [[ $output == "$PWD/part/y:"*"rule: b"* ]]
}

@test "504: observe mode is named" {
    OWNERONLY_MODE=observe run -0 "$owneronly" explain "$F"
    [[ $output == *"mode: observe, so nothing of this is done"* ]]
    run -0 "$owneronly" explain "$F"
    [[ $output != *observe* ]]
}

@test "104: a directory, and what is no regular file, are left alone" {
    mkdir "d$F"
    run -0 "$owneronly" explain "d$F" . "d$F/"
    [ "$(grep -c 'left alone: a directory' <<<"$output")" = 3 ]
    mkfifo fifo
    ln -s fifo "$F"
    run -0 "$owneronly" explain "$F"
    [[ $output == *"rewrite: what is no regular file, and is opened as it is"* ]]
    need_root
    mknod device c 1 3
    ln -sf device "$F"
    run -0 "$owneronly" explain "$F"
    [[ $output == *"rewrite: what is no regular file, and is opened as it is"* ]]
}

@test "104: every name below /dev, /proc and /sys is left alone, by whatever way, and said to be" {
    rule="  not by rule: nvflare-client-api, built in
    match: *client_api_config.json
  left alone: below /dev, /proc or /sys, whatever a rule says"
    ln -s /dev/shm link
    for path in "/dev/shm/$F" "link/$F" "/proc/self/$F" "/sys/$F"; do
        run -0 "$owneronly" explain "$path"
        [[ $output == *"$rule" ]]
    done
    run -0 "$owneronly" explain /dev/shm/other
    [[ $output == *"left alone: no rule protects it" ]]
    # The control: where a path leads counts, as it is then met, and not its words.
    run -0 "$owneronly" explain "/proc/self/cwd/$F"
    [[ $output == "$PWD/$F:"*"  rule: nvflare-client-api, built in"*"rewrite: an unnamed file"* ]]
    env LD_PRELOAD="$preload" "$PYTHON" -c "open('/proc/self/cwd/$F', 'w').write('[1]')"
    mode_is 600 "$F"
}

@test "104 111: what a link leads to below /dev is left alone, and said to be" {
    need_mounts
    # shellcheck disable=SC2016 # the inner shell's
    in_dev=(unshare -m sh -c 'mount -t tmpfs none /dev && mkdir /dev/shm && mknod -m 666 /dev/null c 1 3 &&
        echo old >"/dev/shm/$0" && s=0
        "$@" || s=$?; stat -c "mode %a" "/dev/shm/$0"; exit $s' "$F")
    ln -s "/dev/shm/$F" "$F"
    run "${in_dev[@]}" "$owneronly" explain "$F"
    [[ $output == *"  rewrite: left alone, since the link leads below /dev, /proc or /sys"* ]]
    run -0 "${in_dev[@]}" env LD_PRELOAD="$preload" "$PYTHON" -c "open('$F', 'w').write('[1]')"
    [ "$output" = "mode 644" ]
    # The control: a link that leads elsewhere is replaced.
    ln -sf "$PWD/other" "$F"
    run "$owneronly" explain "$F"
    [[ $output == *"  rewrite: an unnamed file, which replaces what stands there"* ]]
}

@test "111: a symbolic link: replaced, refused, followed" {
    arrange() { echo old >other; ln -s other "$F"; }
    both_kinds granted ELOOP
    said 'stands there: symbolic link'
    said 'update: refused with ELOOP.*: a symbolic link.s content can be neither'
    mkdir -p "$work/here"
    cd "$work/here"
    printf '[r]\nmatch = *.json\nsymlink = refuse\n' >policy
    run -1 "$owneronly" explain -p policy "$F"
    [[ $output == *"rewrite: refused with ELOOP"*"the rule refuses links"* ]]
    printf '[r]\nmatch = *.json\nsymlink = follow\n' >policy
    mkdir d
    echo old >d/other
    ln -sf d/other "$F"
    run -0 "$owneronly" explain -p policy "$F"
    [[ $output == *"followed to: $PWD/d/other"*"regular file, mode 0644"*"rewrite: an unnamed file"* ]]
}

@test "a FIFO, and hard links" {
    arrange() { mkfifo "$F"; }
    both_kinds granted ENXIO
    said 'stands there: FIFO'
    arrange() { echo old >other; ln other "$F"; }
    both_kinds granted granted
    said '2 hard links, of which one is replaced'
}

@test "109: a file that is write-protected" {
    chmod 755 "$work/here"
    arrange() { echo old >"$F"; chmod 444 "$F"; theirs; }
    both_kinds EACCES EACCES plain_user
    said 'rewrite: refused with EACCES.*: a plain open would fail in the same way'
    arrange() { echo old >"$F"; chmod 644 "$F"; theirs; }
    both_kinds granted granted plain_user
}

@test "109: a program that runs" {
    arrange() {
        cp "$(command -v sleep)" "$F"
        "./$F" 1000 &
        running=$!
        until [ "$(readlink /proc/$running/exe)" = "$PWD/$F" ]; do :; done
    }
    cleanup_here() { kill "$running"; wait "$running" || true; }
    both_kinds ETXTBSY ETXTBSY
}

@test "109 110: immutable, append-only" {
    need_root
    arrange() { echo old >"$F"; chattr +i "$F" || skip "no chattr on this file system"; }
    both_kinds EPERM EPERM
    arrange() { echo old >"$F"; chattr +a "$F"; }
    both_kinds EPERM EPERM
    arrange() { echo old >"$F"; }
    both_kinds granted granted
}

@test "110: a directory that is not writable; in-place" {
    need_root
    arrange() { echo old >"$F"; theirs; chown 0 .; chmod 755 .; }
    both_kinds EACCES EACCES plain_user
    said 'no new file can be made in the directory'
    printf '[r]\nmatch = *.json\nin-place = allow\n' >"$work/policy"
    rm -rf "$work/here"
    mkdir "$work/here"
    cd "$work/here"
    arrange
    before=$(snapshot)
    plain_user "$owneronly" explain -p "$work/policy" "$F" >"$work/said"
    said 'rewrite: into the file that stands there, not atomically'
    [ "$(snapshot)" = "$before" ]
    [ "$(cat "$F")" = old ]
}

@test "110: another user's file in a sticky directory" {
    need_root
    arrange() { echo old >"$F"; chmod 666 "$F"; chmod 1777 .; }
    both_kinds EPERM EPERM plain_user
    said "another user's file in a sticky directory"
    arrange() { echo old >"$F"; chmod 666 "$F"; chmod 777 .; }
    both_kinds granted granted plain_user
}

@test "110: a file that is bind-mounted" {
    need_mounts
    arrange() { echo old >"$F"; echo other >other; }
    mounted() {
        # shellcheck disable=SC2016 # the inner shell's
        unshare -m sh -c 'mount --bind other "$0" && exec "$@"' "$F" "$@"
    }
    both_kinds EBUSY EBUSY mounted
    said 'rewrite: refused with EBUSY.*: a mount point cannot be replaced'
}

@test "109: a read-only file system" {
    need_mounts
    arrange() { echo old >"$F"; }
    read_only() {
        # shellcheck disable=SC2016
        unshare -m sh -c 'mount --bind . . && mount -o remount,bind,ro . && cd "$PWD" && exec "$@"' sh "$@"
    }
    both_kinds EROFS EROFS read_only
}

@test "202: a file system without O_TMPFILE gets a hidden name, which explain makes and removes" {
    need_mounts
    [ -r /dev/fuse ] && command -v bindfs >/dev/null || skip "no FUSE here"
    arrange() { mkdir real mirror; echo old >"real/$F"; }
    mirrored() {
        # shellcheck disable=SC2016
        unshare -m sh -c 'bindfs real mirror && (cd mirror && "$@"); s=$?; umount mirror; exit $s' \
            sh "$@"
    }
    # The times of the directory are those of the hidden name.
    seen() { find . -type f -printf '%p %i %m %U:%G %n %s %T@ %C@\n' | sort; }
    both_kinds granted granted mirrored
    said 'a file with a hidden name, since there is no O_TMPFILE'
}

@test "110: a file system without O_TMPFILE that takes a mode and keeps its own" {
    need_mounts
    [ -r /dev/fuse ] && command -v bindfs >/dev/null || skip "no FUSE here"
    arrange() { mkdir real mirror; echo old >"real/$F"; }
    seen() { find . -type f -printf '%p %i %m %U:%G %n %s %T@ %C@\n' | sort; }
    mirrored() {
        # shellcheck disable=SC2016
        unshare -m sh -c 'bindfs $OPTIONS real mirror && (cd mirror && "$@"); s=$?; umount mirror
            exit $s' sh "$@"
    }
    export OPTIONS="--chmod-ignore --perms=0644:a+X"
    both_kinds EPERM EPERM mirrored
    said 'rewrite: refused with EPERM.*does not keep modes'
    OPTIONS=
    both_kinds granted granted mirrored
}

@test "a group that cannot be given is found out beforehand" {
    need_root
    printf '[r]\nmatch = *.json\ngroup = 0\nmode = 0640\n' >"$work/policy"
    theirs
    run -1 plain_user "$owneronly" explain -p "$work/policy" "$F"
    [[ $output == *"refused with EPERM"*"the rule's group cannot be given"* ]]
    plain_user env "OWNERONLY_POLICY=$work/policy" LD_PRELOAD="$preload" \
        "$PYTHON" "$work/write.py" rewrite "$F" >met 2>/dev/null
    [ "$(cat met)" = EPERM ]
    run -0 "$owneronly" explain -p "$work/policy" "$F"
}

@test "names that would play tricks on a terminal are shown as what they are" {
    # shellcheck disable=SC2034
    name=$'\e[2J\n\xff ü\xc2\x9b\x7f'
    run -0 "$owneronly" explain "$name"
    [ "${lines[0]}" = "$PWD/\\x1b[2J\\x0a\\xff ü\\xc2\\x9b\\x7f:" ]
}

@test "where no process can be started to read the policy it says so, and it cannot be told" {
    run -3 alone explain x
    [ "$output" = "owneronly explain: no child process to read the policy: EAGAIN, Resource temporarily unavailable" ]
    # The control: with a process to spare it is told.
    run -0 "$owneronly" explain x
}
