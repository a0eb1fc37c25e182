#!/usr/bin/env bats
# owneronly audit: owneronly(1).  Each thing that is found is put there first, and the same audit
# without it finds nothing.
# SPDX-License-Identifier: Apache-2.0

load helper
load operator

setup() {
    operator_setup
    run -0 "$owneronly" audit .
    [ -z "$output" ]
}

# An audit of this directory finds this, and nothing else.
finds() {
    local expected=$1
    shift
    run -1 --separate-stderr "$owneronly" audit "$@" .
    [ "$output" = "$expected" ] || {
        printf 'found:\n%s\nexpected:\n%s\n%s\n' "$output" "$expected" "$stderr"
        return 1
    }
}

finds_nothing() {
    run -0 "$owneronly" audit "$@" .
    [ -z "$output" ]
}

RULE='(rule nvflare-client-api, built in)'

@test "the usage, and what is wrong with it" {
    usage_is_as_agreed audit
    run -2 "$owneronly" audit
    [[ $output == *"no DIR given"* ]]
    OWNERONLY_MODE=observe run -2 "$owneronly" audit --fix .
    [[ $output == *"--fix is not for OWNERONLY_MODE=observe"* ]]
    run -2 "$owneronly" explain --fix x
    [[ $output == *"unknown option --fix"* ]]
    OWNERONLY_MATCH=: run -3 "$owneronly" audit .
    [[ $output == "owneronly: OWNERONLY_MATCH: an empty glob"* ]]
}

@test "504: where OWNERONLY_MODE is off it says that no policy is read" {
    echo secret >"$F"
    chmod 664 "$F"
    OWNERONLY_MODE=off run -0 --separate-stderr "$owneronly" audit .
    [ "$stderr" = "owneronly audit: no policy is read, since OWNERONLY_MODE is off" ]
    [ -z "$output" ]
    # The control: in force, it finds the file and says nothing of a mode.
    run -1 --separate-stderr "$owneronly" audit .
    [ -z "$stderr" ]
    [ "$output" = "$PWD/$F: mode: mode 0664, and the rule grants 0600 $RULE" ]
}

@test "bits for group and others are found, and cut in place" {
    mkdir -p a/b
    echo secret >"a/b/$F"
    chmod 664 "a/b/$F"
    echo public >a/b/other
    inode=$(stat -c %i "a/b/$F")
    finds "$PWD/a/b/$F: mode: mode 0664, and the rule grants 0600 $RULE"
    mode_is 664 "a/b/$F"
    run -0 "$owneronly" audit --fix .
    [ "$output" = "$PWD/a/b/$F: mode: mode 0664, and the rule grants 0600 $RULE: mended" ]
    mode_is 600 "a/b/$F"
    mode_is 644 a/b/other
    content_is secret "a/b/$F"
    [ "$(stat -c %i "a/b/$F")" = "$inode" ]
    finds_nothing
}

@test "bits of the owner are nobody's business; bits for the group are the rule's group's" {
    echo secret >"$F"
    chmod 700 "$F"
    finds_nothing
    printf '[r]\nmatch = *.json\nmode = 0640\ngroup = %s\n' "$(id -g)" >policy
    chmod 640 "$F"
    finds_nothing -p policy
    finds "$PWD/$F: mode: mode 0640, and the rule grants 0600 $RULE"
    sed -i 's/^group = .*/group = 12345/' policy
    finds "$PWD/$F: mode: mode 0640, and the rule grants 0600 (rule r, $PWD/policy:1)" -p policy
}

@test "set-id bits are found, and cut" {
    for mode in 4700 2700 4600; do
        echo secret >"$F"
        chmod 0700 "$F"
        finds_nothing
        chmod "$mode" "$F"
        mode_is "$mode" "$F"
        finds "$PWD/$F: mode: mode $mode, and the rule grants 0600 $RULE"
        run -0 "$owneronly" audit --fix .
        [[ $output == *": mended" ]]
        mode_is 600 "$F"
        finds_nothing
        rm "$F"
    done
    # The sticky bit of a file says nothing about who may read it.
    echo secret >"$F"
    chmod 1600 "$F"
    finds_nothing
}

@test "a file system that takes a mode and keeps its own: not mended, and not said to be" {
    need_mounts
    [ -r /dev/fuse ] && command -v bindfs >/dev/null || skip "no FUSE here"
    mkdir real mirror
    echo secret >"real/$F"
    for option in --json ''; do
        # shellcheck disable=SC2016,SC2086 # the inner shell's; no word, or one
        run -1 --separate-stderr unshare -m sh -c 'bindfs --chmod-ignore --perms=0644:a+X real mirror &&
            "$@"; s=$?; umount mirror; exit $s' sh "$owneronly" audit $option --fix mirror
        [[ $output != *mended* && $output != *'"fixed": true'* ]]
        [[ $output == *"mode 0644"* || $output == *'"mode": "0644"'* ]]
        [[ $stderr == "owneronly audit: $PWD/mirror/$F: EPERM, "* ]]
    done
    # The control: the same mirror, keeping modes.
    # shellcheck disable=SC2016
    run -0 --separate-stderr unshare -m sh -c 'bindfs real mirror && "$@"; s=$?; umount mirror
        exit $s' sh "$owneronly" audit --fix mirror
    [[ $output == *": mended" ]]
    mode_is 600 "real/$F"
}

@test "an ACL is found, and removed" {
    echo secret >"$F"
    chmod 600 "$F"
    finds_nothing
    setfacl -m u:65534:r "$F" || skip "no ACLs on this file system"
    # The mask shows as the group's bits.
    finds "$PWD/$F: mode: mode 0640, and the rule grants 0600 $RULE
$PWD/$F: acl: an access control list grants more than the mode $RULE"
    chmod 600 "$F"
    finds "$PWD/$F: acl: an access control list grants more than the mode $RULE"
    run -0 "$owneronly" audit --fix .
    no_acl_entries "$F"
    chmod 640 "$F"
    no_acl_entries "$F"
}

@test "a file with another name is found, and its mode is left to whoever knows the other name" {
    echo secret >"$F"
    chmod 600 "$F"
    finds_nothing
    ln "$F" other
    finds "$PWD/$F: hard-link: 2 hard links: whoever has another name of it has the file $RULE"
    chmod 644 other
    run -1 "$owneronly" audit --fix .
    [ "${#lines[@]}" = 2 ]
    [[ $output != *mended* ]]
    mode_is 644 other
}

@test "a symbolic link is found, and never followed" {
    mkdir "$work/elsewhere" tree
    echo precious >"$work/elsewhere/$F"
    finds_nothing
    ln -s "$work/elsewhere/$F" "$F"
    ln -s "$work/elsewhere" tree/link
    finds "$PWD/$F: symlink: a symbolic link, which the rule does not follow $RULE" --fix
    mode_is 644 "$work/elsewhere/$F"
    [ -L "$F" ]
    # The control: named itself, that directory is audited.
    run -1 "$owneronly" audit "$work/elsewhere"
    # An operand is not followed either, unless it says so.
    run -3 "$owneronly" audit tree/link
    [[ $output == "owneronly audit: "*"link: ENOTDIR, "* ]]
    run -1 "$owneronly" audit tree/link/
    printf '[r]\nmatch = *.json\nsymlink = follow\n' >policy
    finds_nothing -p policy
}

@test "every file is opened without following, below the directory that lists it" {
    mkdir -p a/b
    echo secret | tee "$F" "a/$F" >"a/b/$F"
    run -0 strace -f -o "$work/trace" -e trace=openat,openat2,open,chmod,fchmodat,removexattr \
        "$work/tree/libexec/owneronly/owneronly-inspect" "$library" audit --fix .
    [ "$(grep -c mended <<<"$output")" = 3 ]
    # From the directory on that was asked for.
    sed -n '/openat(AT_FDCWD, "\.", /,$p' "$work/trace" >opens
    grep -q O_NOFOLLOW opens
    run -1 grep -E 'open' <(grep -v O_NOFOLLOW opens)
    run -1 grep -E '"[^"]*/' <(grep -vE '"/proc/self/fd/[0-9]+"' opens)
    [ "$(grep -cE 'chmod.*"/proc/self/fd/[0-9]+"' opens)" = 3 ]
}

# Runs the audit under strace with these options.
traced() {
    strace -o "$work/trace" "$@" "$work/tree/libexec/owneronly/owneronly-inspect" "$library" audit .
}

@test "a name that goes away before it is opened is no trouble" {
    : >"$F"
    run -1 traced -e trace=openat
    # The call that opens it, counted from the first.
    at=$(grep openat "$work/trace" | grep -n "\"$F\"" | cut -d: -f1)
    [ "$at" -gt 0 ]
    run -0 traced -e trace=openat -e inject="openat:error=ENOENT:when=$at"
    run -3 traced -e trace=openat -e inject="openat:error=EACCES:when=$at"
}

@test "an ACL that is said to be removed, and is not: not mended, and said" {
    echo secret >"$F"
    setfacl -m u:65534:r,m::- "$F" || skip "no ACLs on this file system"
    chmod 600 "$F"
    run -1 --separate-stderr strace -qq -o /dev/null -e trace=removexattr -e inject=removexattr:retval=0 \
        "$work/tree/libexec/owneronly/owneronly-inspect" "$library" audit --fix .
    [ "$output" = "$PWD/$F: acl: an access control list grants more than the mode $RULE" ]
    [[ $stderr == "owneronly audit: $PWD/$F: EPERM, "* ]]
    # The control: the same call, as it is.
    run -0 "$owneronly" audit --fix .
    [[ $output == *": mended" ]]
}

@test "directories are entered where the file system does not tell which names are" {
    command -v cc >/dev/null || skip "no compiler"
    mkdir -p a/b
    echo secret >"a/b/$F"
    cc -shared -fPIC -D_GNU_SOURCE -x c -o "$work/unknown.so" - <<'C'
#include <dirent.h>
#include <dlfcn.h>
struct dirent64 *readdir64(DIR *directory)
{
    struct dirent64 *(*next)(DIR *) = (struct dirent64 * (*)(DIR *)) dlsym(RTLD_NEXT, "readdir64");
    struct dirent64 *entry = next(directory);
    if (entry)
        entry->d_type = DT_UNKNOWN;
    return entry;
}
struct dirent *readdir(DIR *directory) { return (struct dirent *)readdir64(directory); }
C
    run -1 env LD_PRELOAD="$work/unknown.so" "$work/tree/libexec/owneronly/owneronly-inspect" "$library" audit .
    [ "$output" = "$PWD/a/b/$F: mode: mode 0644, and the rule grants 0600 $RULE" ]
}

@test "a FIFO or socket at a protected name is found, and not opened" {
    mkfifo "$F"
    finds "$PWD/$F: special: a FIFO or socket: whoever made it reads what is written $RULE" --fix
    rm "$F"
    mkdir "$F"
    finds_nothing
}

@test "a file of another user is found; its mode is mended, its owner is not" {
    need_root
    echo secret >"$F"
    chmod 600 "$F"
    chown 65533 "$F"
    owner="owner: owner 65533, who is neither root, nor you, nor the directory's owner $RULE"
    finds "$PWD/$F: $owner"
    chmod 644 "$F"
    run -1 "$owneronly" audit --fix .
    [ "$output" = "$PWD/$F: mode: mode 0644, and the rule grants 0600 $RULE: mended
$PWD/$F: $owner" ]
    mode_is 600 "$F"
    # The control: the directory's owner's file is where it belongs.
    chown 65533 .
    finds_nothing
}

@test "root's files are no news to who audits as somebody else; those of others are" {
    need_root
    chmod 755 .
    echo secret >"$F"
    chmod 600 "$F"
    chown 65533 .
    run -0 setpriv --reuid=65534 --regid=65534 --clear-groups "$owneronly" audit .
    [ -z "$output" ]
    chown 65532 "$F"
    run -1 setpriv --reuid=65534 --regid=65534 --clear-groups "$owneronly" audit .
    [ "$output" = "$PWD/$F: owner: owner 65532, who is neither root, nor you, nor the directory's owner $RULE" ]
}

@test "what cannot be mended is left, said, and counts as found" {
    need_root
    echo secret >"$F"
    chmod 755 .
    run -1 setpriv --reuid=65534 --regid=65534 --clear-groups "$owneronly" audit --fix .
    [[ $output == *"owneronly audit: $PWD/$F: EPERM, "* ]]
    [[ $output == *"$PWD/$F: mode: mode 0644"* ]]
    [[ $output != *mended* ]]
    mode_is 644 "$F"
}

@test "a read-only file system is named as what keeps a file from being mended" {
    need_mounts
    echo secret >"$F"
    # shellcheck disable=SC2016 # the inner shell's
    run -1 --separate-stderr unshare -m sh -c 'mount --bind . . && mount -o remount,bind,ro . && cd "$PWD" && exec "$@"' sh \
        "$owneronly" audit --fix .
    [[ $stderr == "owneronly audit: $PWD/$F: EROFS, "* ]]
    [ "$output" = "$PWD/$F: mode: mode 0644, and the rule grants 0600 $RULE" ]
    # The control: writable, it is mended.
    run -0 "$owneronly" audit --fix .
}

# Kills a writer of $F between linkat and renameat.
leave_residue() {
    echo '[]' >"$F"
    chmod 600 "$F"
    strace -f -o /dev/null -e trace=renameat2 -e inject=renameat2:signal=SIGKILL \
        env LD_PRELOAD="$preload" "$PYTHON" -c "open('$F', 'w').write('[1]')" || true
    residue=$(find . -name '.owneronly-*' -printf '%P\n')
    [ "$(wc -l <<<"$residue")" = 1 ]
    [ -n "$residue" ]
}

@test "206: what a killed writer left is found, and removed" {
    leave_residue
    finds "$PWD/$residue: residue: left by a writer of this host that was killed"
    [ -e "$residue" ]
    run -0 "$owneronly" audit --fix .
    [ "$output" = "$PWD/$residue: residue: left by a writer of this host that was killed: mended" ]
    [ ! -e "$residue" ]
    content_is '[]' "$F"
}

@test "206: what another host left is said to be another's, and removed only when asked for" {
    leave_residue
    # The host's sixteen digits are the second ones.
    other=${residue%-*-*}-0123456789abcdef-${residue##*-}
    mv "$residue" "$other"
    finds "$PWD/$other: residue: left by a writer of another host, or before this host's last start"
    run -1 "$owneronly" audit --json .
    [[ $output == *'"host": "other", "fixed": false, "left-alone": false}' ]]
    # A writer of this host leaves it alone.
    env LD_PRELOAD="$preload" "$PYTHON" -c "open('$F', 'w').write('[2]')"
    [ -e "$other" ]
    run -0 "$owneronly" audit --fix .
    [[ $output == *"of another host, or before this host's last start: mended" ]]
    [ ! -e "$other" ]
    content_is '[2]' "$F"
}

@test "206: what only looks like it is left alone" {
    for name in .owneronly- .owneronly-0123456789abcdef .owneronly-0123456789abcdeF-0 \
        .owneronly-0123456789abcdef-8 .owneronly-0123456789abcdef-00 x.owneronly-0123456789abcdef-0; do
        echo x >$name
    done
    mkdir .owneronly-0123456789abcdef-1
    ln -s x .owneronly-0123456789abcdef-2
    mkfifo .owneronly-0123456789abcdef-3
    finds_nothing --fix
    echo x >.owneronly-0123456789abcdef-0
    # Of the first version, whose names say no host.
    finds "$PWD/.owneronly-0123456789abcdef-0: residue: left by a writer of another host, or before this host's last start"
}

@test "206: a living writer's is left alone, and its write succeeds" {
    need_mounts
    [ -r /dev/fuse ] && command -v bindfs >/dev/null || skip "no FUSE here"
    mkdir real mirror
    echo '[]' >"real/$F"
    chmod 600 "real/$F"
    # shellcheck disable=SC2016 # the inner shell's
    unshare -m sh -c 'bindfs real mirror && (cd mirror && "$@"); s=$?; umount mirror; exit $s' sh \
        env LD_PRELOAD="$preload" "$PYTHON" -c "import os, subprocess, sys
def names(): return [n for n in os.listdir('.') if n.startswith('.owneronly')]
f = open('$F', 'w'); f.write('[1]'); f.flush()
alive = names()
assert len(alive) == 1, alive
audit = [sys.argv[1], 'audit', '--fix', '.']
clean = {k: v for k, v in os.environ.items() if k != 'LD_PRELOAD'}
p = subprocess.run(audit, env=clean, capture_output=True)
assert p.returncode == 0 and p.stdout == b'' and names() == alive, (p, names())
f.close()
assert open('$F').read() == '[1]' and names() == []
" "$owneronly"
    content_is '[1]' "real/$F"
}

@test "206: a writer gives up a hidden name that a remover has its hand on" {
    need_mounts
    [ -r /dev/fuse ] && command -v bindfs >/dev/null || skip "no FUSE here"
    mkdir real mirror
    hidden_name_of() {
        # shellcheck disable=SC2016
        unshare -m sh -c 'bindfs real mirror && (cd mirror && "$@"); s=$?; umount mirror; exit $s' \
            sh "$@" "$PYTHON" -c "import os
f = open('$F', 'w'); f.write('[1]')
print(sorted(n[-2:] for n in os.listdir('.') if n.startswith('.owneronly'))); f.close()"
        rm -f "real/$F" real/.owneronly-*
    }
    run -0 hidden_name_of env LD_PRELOAD="$preload"
    [ "$output" = "['-0']" ]
    # The first name's lock is somebody else's: it may be gone at any moment.
    run -0 hidden_name_of strace -f -o /dev/null -E LD_PRELOAD="$preload" \
        -e trace=flock -e inject=flock:error=EAGAIN:when=1..2
    [ "$output" = "['-0', '-1']" ]
}

@test "--json: one object a line, with the fields of the manual" {
    need_root
    name=$(printf 'a"\\\xff\xc3\xbc\n_%s' "$F")
    echo secret >"$name"
    chmod 4644 "$name"
    : >.owneronly-0123456789abcdef-0
    chmod 600 .owneronly-0123456789abcdef-0
    run -1 "$owneronly" audit --json .
    "$PYTHON" -c "import json, os, sys
found = sorted((json.loads(l) for l in sys.argv[1].splitlines()), key=lambda f: f['finding'])
keys = ['path', 'finding', 'rule', 'mode', 'granted', 'uid', 'gid', 'links', 'host', 'fixed', 'left-alone']
assert [list(f) for f in found] == [keys, keys], found
here = os.getcwd()
assert os.fsencode(found[0].pop('path')) == os.fsencode(here) + b'/a\"\\\\\\xff\\xc3\\xbc\\n_$F', found
assert found[0] == {'finding': 'mode', 'rule': 'nvflare-client-api', 'mode': '4644',
    'granted': '0600', 'uid': 0, 'gid': 0, 'links': 1, 'host': None, 'fixed': False, 'left-alone': False}, found
assert found[1] == {'path': here + '/.owneronly-0123456789abcdef-0', 'finding': 'residue',
    'rule': None, 'mode': '0600', 'granted': None, 'uid': 0, 'gid': 0, 'links': 1, 'host': 'other', 'fixed': False, 'left-alone': False}
" "$output"
    run -0 "$owneronly" audit --json --fix .
    [ "$(grep -c '"fixed": true, "left-alone": false}$' <<<"$output")" = 2 ]
    finds_nothing
}

@test "a directory that cannot be read is an error; what can be read is still audited" {
    mkdir closed
    echo secret | tee "closed/$F" >"$F"
    theirs=()
    if [ "$(id -u)" = 0 ]; then
        chown -R 65534 .
        theirs=(setpriv --reuid=65534 --regid=65534 --clear-groups)
    fi
    chmod 000 closed
    run -3 "${theirs[@]}" "$owneronly" audit .
    [[ $output == *"owneronly audit: $PWD/closed: EACCES, Permission denied"* ]]
    [[ $output == *"$PWD/$F: mode: "* ]]
    chmod 700 closed
    run -1 "${theirs[@]}" "$owneronly" audit .
    [ "${#lines[@]}" = 2 ]
    run -3 "$owneronly" audit nowhere .
    [[ $output == *"owneronly audit: nowhere: ENOENT, "*"$F: mode: "* ]]
    run -3 "$owneronly" audit "$F"
    [[ $output == *"ENOTDIR"* ]]
}

@test "a tree deeper than the limit of descriptors is walked, or said not to be" {
    "$PYTHON" -c "import os
for i in range(1400): os.mkdir('d'); os.chdir('d')
open('$F', 'w')"
    (
        ulimit -Sn 100
        run -1 "$owneronly" audit .
        [[ $output == */d/d/*"/$F: mode: "* ]]
        ulimit -Hn 100
        run -3 "$owneronly" audit .
        [[ $output == *"EMFILE"* ]]
    )
    # Deeper than a path can be long: a rule of a name alone still holds, one with a slash can't.
    "$PYTHON" -c "import os
while os.path.isdir('d'): os.chdir('d')
for i in range(800): os.mkdir('d'); os.chdir('d')
open('$F', 'w')"
    ulimit -Hn | grep -qx unlimited || [ "$(ulimit -Hn)" -gt 2400 ] || skip "few descriptors here"
    run -1 "$owneronly" audit .
    [ "${#lines[@]}" = 2 ]
    [[ $output == *"
$F: mode: "* ]] || [[ $output == "$F: mode: "* ]]
    run -3 "$owneronly" audit -m "d/$F" .
    [[ $output == *"$F: ENAMETOOLONG"* ]]
}

@test "it does not descend into what the kernel makes up" {
    need_mounts
    mkdir proc
    echo x >cmdline
    # shellcheck disable=SC2016
    run -1 unshare -m sh -c 'mount -t proc proc proc && exec "$1" audit -m cmdline .' sh "$owneronly"
    [ "$output" = "$PWD/cmdline: mode: mode 0644, and the rule grants 0600 (rule OWNERONLY_MATCH, OWNERONLY_MATCH)" ]
    # But where it was asked for.
    run -1 "$owneronly" audit -m cmdline "/proc/$$"
    [ "$output" = "/proc/$$/cmdline: mode: mode 0444, and the rule would grant 0600 (rule OWNERONLY_MATCH, OWNERONLY_MATCH); the library leaves names below /dev, /proc and /sys alone" ]
}

@test "104: below /dev, where the library leaves every name alone, what is found is said to be so, and not mended" {
    need_mounts
    mkdir real
    # shellcheck disable=SC2016 # the inner shell's
    in_dev=(unshare -m sh -c 'mount -t tmpfs none /dev && mkdir /dev/shm && cd /dev/shm && mknod /dev/null c 1 3 &&
        echo secret >"$0" && chmod 644 "$0" && s=0; "$@" || s=$?; stat -c "mode %a" "$0"; exit $s' "$F")
    run -0 "${in_dev[@]}" env LD_PRELOAD="$preload" "$PYTHON" -c "open('$F', 'w').write('[1]')"
    [ "$output" = "mode 644" ]
    run -1 "${in_dev[@]}" "$owneronly" audit --fix .
    [ "$output" = "/dev/shm/$F: mode: mode 0644, and the rule would grant 0600 $RULE; the library leaves names below /dev, /proc and /sys alone
mode 644" ]
    run -1 "${in_dev[@]}" "$owneronly" audit --json /dev
    [[ $output == *'"fixed": false, "left-alone": true}'* ]]
    # The control: anywhere else it is mended.
    echo secret >"real/$F"
    run -0 "$owneronly" audit --fix real
    [[ $output == *": mode: mode 0644, and the rule grants 0600 $RULE: mended" ]]
}

@test "a line of progress, on a terminal and after a second only" {
    script -qec true /dev/null >/dev/null 2>&1 </dev/null || skip "no pseudo terminal here"
    mkdir a
    touch b
    # script(1) gives it a terminal; a slow directory takes its time.
    slow='strace -f -o /dev/null -e trace=getdents64 -e inject=getdents64:delay_enter=600000'
    run -0 script -qec "$slow $owneronly audit ." /dev/null </dev/null
    [[ $output == *$'\r'*" names looked at"*$'\r\e[K'* ]]
    run -0 script -qec "$owneronly audit ." /dev/null </dev/null
    [[ $output != *"looked at"* ]]
    run -0 $slow "$owneronly" audit .
    [ -z "$output" ]
}

@test "where no process can be started to read the policy it says so, and it cannot be told" {
    run -3 alone audit .
    [ "$output" = "owneronly audit: no child process to read the policy: EAGAIN, Resource temporarily unavailable" ]
    # The control: with a process to spare it is told.
    run -0 "$owneronly" audit .
}
