#!/usr/bin/env bats
# Full and limited: promises 3 and 4, contract 203, 309.  Every write works, or says that it failed
# and leaves the old file as it was; what it would have cost a plain write is the control.
# SPDX-License-Identifier: Apache-2.0

load helper
load tally

setup() {
    common_setup
    cp "$programs/limited" "$work"
    # Only a whole document is one value, so a torn one must be seen without the check's help.
    settings+=("OWNERONLY_MATCH=*client_api_config.json")
    length=20000
}

prepare() {
    [ "$1" = new ] || printf '["old"]\n' >"$2"
}

# The document is there, all of it, and private.
is_whole() {
    local way=$1 file=$2 before=0
    [ "$way" != append ] || before=8
    is_regular "$file" && mode_is "${mode:-600}" "$file" &&
        [ "$(stat -c %s "$file")" = $((before + length)) ] &&
        [ "$(tail -c +$((before + 1)) "$file" | head -c 7)" = '["new",' ] &&
        [ "$(tail -c 4 "$file")" = '""]' ] &&
        { [ "$before" = 0 ] || [ "$(head -n 1 "$file")" = '["old"]' ]; }
}

# An append goes to the file itself (112): all of the old content, and the beginning of the new.
is_added_to() {
    local added new='["new",'
    [ "$column" = with ] && is_regular "$1" && mode_is 600 "$1" &&
        [ "$(head -n 1 "$1")" = '["old"]' ] && added=$(tail -c +9 "$1" | head -c 7) &&
        [ "$added" = "${new:0:${#added}}" ] && [ "$(stat -c %s "$1")" -lt $((8 + length)) ]
}

# The program's own write(2) to the file, of which there is nothing to say.  A file that was loose
# has been copied by then, and a file system frees the old one's blocks when it likes.
append_itself_failed() {
    [ "$1" = append ] && grep -q '^write:' answer && is_added_to "$2"
}

is_as_prepared() {
    if [ "$1" = new ]; then
        [ ! -e "$2" ] && [ ! -L "$2" ]
    elif [ "$1" = append ] && is_added_to "$2"; then
        true
    else
        content_is '["old"]' "$2" && mode_is 644 "$2"
    fi
}

# What the program said agrees with what is there; a refusal of what works without the library has
# its line in the log.
answer_is_true() {
    local way=$1 file=$2 plain=$work/without/$3/answer
    cp "$work/answer" answer
    cat answer >>"$work/answers-$column"
    case $(<answer) in
    ok) is_whole "$way" "$file" ;;
    open:\ E* | write:\ E* | close:\ E*)
        is_as_prepared "$way" "$file" &&
            { [ "$column" = without ] || ! grep -q '^ok' "$plain" || said_why ||
                append_itself_failed "$way" "$file"; }
        ;;
    *) false ;;
    esac
}

said_why() {
    stderr_has 'action=(refuse|discard) result=E'
}

# Otherwise the limits were not where anything happens.
both_answers_were_seen() {
    grep -q '^ok$' "$work/answers-with"
    grep -q "^[a-z]*: $1\$" "$work/answers-with"
}

# Runs `limited`, which writes down how it went; its limits are its own.
write_limited() {
    subject "$work/limited" "$1" "$2" "$F" "$length" >"$work/answer"
}

# Cases are LIMIT=VALUE:WAY.
try_limited() {
    local limit way
    IFS=: read -r limit way <<<"$1"
    prepare "$way" "$F"
    write_limited "$limit" "$way"
    answer_is_true "$way" "$F" "$1"
}

ways=(truncate new append update fopen converting freopen)

@test "promise 4: no descriptor left, at every open of the way" {
    cases() {
        local limit way
        for way in "${ways[@]}"; do
            printf '%s\n' nofile={2,3,4,5,6,7,8,9,10,15,16,17,30,31,61,1024}":$way" \
                late-nofile={0,3,4,5,6}":$way"
        done
    }
    try() { try_limited "$1"; }
    tally "descriptors run out" some
    both_answers_were_seen EMFILE
}

@test "203: whatever number of descriptors is enough once, every higher one is" {
    cases() { printf '%s\n' "${ways[@]}"; }
    try() {
        local limit worked=no
        for limit in {3..70}; do
            rm -f "$F"
            prepare "$1" "$F"
            write_limited "nofile=$limit" "$1"
            if grep -q '^ok' "$work/answer"; then
                worked=yes
            elif [ "$worked" = yes ]; then
                echo "fails again with $limit"
                return 1
            fi
        done
        is_whole "$1" "$F"
    }
    tally "one more descriptor does no harm"
}

# One more is kept of their directory, and an open takes two for a moment.
@test "203 211: as many pending files as the program may have descriptors" {
    act() {
        python 'import resource
resource.setrlimit(resource.RLIMIT_NOFILE, (1024, 1024))
files = [open(str(i) + F, "w") for i in range(1012)]
for f in files: f.write("[]")
for f in files: f.close()'
    }
    holds() { [ "$(find . -name "*$F" -perm 600 -size 2c | wc -l)" = 1012 ]; }
    both_ways
}

@test "309: RLIMIT_FSIZE at every size, by every way" {
    cases() {
        local way
        for way in "${ways[@]}"; do
            printf '%s\n' fsize={0,1,7,8,4096,8191,8192,19999,20000,20008}":$way"
        done
    }
    try() { try_limited "$1"; }
    tally "file size limit" some
    both_answers_were_seen EFBIG
}

# The table of pending files takes 12 MB of it, and little memory.
@test "promise 4: address space runs out" {
    [ -z "${OWNERONLY_PRELOAD_FIRST:-}" ] || skip "not with a sanitizer's run time"
    cases() {
        local way
        for way in "${ways[@]}"; do
            printf '%s\n' as={0,4096,65536,1048576,8388608,12582912,12648448,12652872,12656640,12660736,12664832,12668928,12673024,12713984,16777216}":$way"
        done
    }
    try() { try_limited "$1"; }
    tally "address space runs out" some
    both_answers_were_seen ENOMEM
}

# The same on a file system of its own: `mounted` are shell commands that end with it mounted on
# "mount", as it is to be when the program comes.  What is there afterwards is copied.
write_mounted() {
    local way=$1 mounted=$2
    mkdir -p mount out
    subject_under 6 unshare -m sh -c "$mounted"'
        (cd mount && "$@"); ls -A mount >out/names; cp -p mount/'"$F"' out 2>/dev/null
        umount mount || umount -l mount' sh \
        "$work/limited" none=0 "$way" "$F" "$length" >"$work/answer"
}

# Cases are SIZE:WAY, and mounted() prints the commands.
try_mounted() {
    local size way
    IFS=: read -r size way <<<"$1"
    prepare "$way" prepared
    write_mounted "$way" "$(mounted "$size")
        [ $way = new ] || cp -p prepared mount/$F"
    answer_is_true "$way" "out/$F" "$1" && nothing_hidden out/names
}

nothing_hidden() {
    ! grep -q owneronly "$1"
}

@test "309: ENOSPC at every page of a tmpfs, by every way" {
    need_mounts
    mounted() { echo "mount -t tmpfs -o size=$1k none mount"; }
    cases() {
        local way
        for way in "${ways[@]}"; do
            printf '%s\n' {4,8,12,16,20,24,28,48}":$way"
        done
    }
    try() { try_mounted "$1"; }
    tally "tmpfs runs full" some
    both_answers_were_seen ENOSPC
}

@test "promise 4: no inode left on a tmpfs" {
    need_mounts
    mounted() { echo "mount -t tmpfs -o nr_inodes=$1 none mount"; }
    cases() {
        local way
        for way in "${ways[@]}"; do
            printf '%s\n' {2,3,4}":$way"
        done
    }
    try() { try_mounted "$1"; }
    tally "inodes run out" some
    both_answers_were_seen ENOSPC
}

@test "309: ENOSPC and no inode left on ext4" {
    need_mounts
    command -v mkfs.ext4 >/dev/null || skip "mkfs.ext4 is not installed"
    truncate -s 1M "$work/ext4"
    mkfs.ext4 -q -O ^has_journal -b 1024 -N 16 -m 0 "$work/ext4"
    unshare -m sh -c "mount -o loop $work/ext4 /mnt" || skip "no ext4 on a loop device here"
    mounted() {
        echo "cp --sparse=always $work/ext4 image && mount -o loop image mount"
        # So many KiB are left, or inodes.
        case $1 in
        *KiB) echo "dd if=/dev/zero of=mount/filler bs=1k 2>/dev/null; truncate -s -${1%KiB}K mount/filler; sync" ;;
        *) echo "i=0; while true >mount/\$i; do i=\$((i + 1)); done 2>/dev/null; rm -f mount/[0-$1]" ;;
        esac
    }
    cases() {
        local way
        for way in "${ways[@]}"; do
            printf '%s\n' {4KiB,20KiB,64KiB,0,1,2}":$way"
        done
    }
    try() { try_mounted "$1"; }
    tally "ext4 runs full" some
    both_answers_were_seen ENOSPC
}

@test "309: EDQUOT on btrfs, by every way" {
    need_mounts
    command -v mkfs.btrfs >/dev/null || skip "mkfs.btrfs is not installed"
    truncate -s 120M "$work/btrfs"
    mkfs.btrfs -q "$work/btrfs"
    mkdir "$work/volume"
    unshare -m sh -c "mount -o loop $work/btrfs $work/volume && cd $work/volume && btrfs quota enable . &&
        btrfs subvolume create small && btrfs subvolume create large && btrfs qgroup limit 100k small &&
        btrfs qgroup limit 10M large" >/dev/null || skip "no btrfs with quotas on a loop device here"
    length=200000
    mounted() {
        echo "cp --sparse=always $work/btrfs image && mount -o loop,subvol=$1 image mount"
    }
    cases() { printf '%s\n' {small,large}:{truncate,new,append,fopen}; }
    try() {
        try_mounted "$1"
        local result=$?
        rm -f image
        return "$result"
    }
    tally "btrfs quota" some
    both_answers_were_seen EDQUOT
}

@test "promises 3 and 4: a file system that fails at any operation" {
    need_mounts
    [ -r /dev/fuse ] || skip "no FUSE here"
    [ -x "$programs/failing_fs" ] || skip "built without libfuse3"
    # 0400, so that the mode has to be changed before publishing; OWNERONLY_MATCH would come first.
    settings=("${settings[@]/#OWNERONLY_MATCH=*/OWNERONLY_MATCH=}")
    policy <<'TEXT'
[failing]
match = *client_api_config.json
mode = 0400
content = json
TEXT
    cases() {
        local failure
        # EIO and ENOSPC, once or always.
        for failure in {create,open,read,write,fsync,chmod,link,rename}:{5:1:1,5:2:2,28:1:999} none:5:1:1; do
            printf "%s\n" "$failure"/{truncate,new,fopen}
        done
    }
    try() {
        local failure=${1%/*} way=${1#*/} mode=400
        # The file's 0600 grants others no more, so it is published as it is, and the line says it.
        [[ $failure != chmod:*:1:* ]] || mode=600
        mkdir -p mount real out
        [ "$way" = new ] || printf '["old"]\n' >"real/$F"
        subject_under 6 unshare -m sh -c "
            $programs/failing_fs -o fail=$failure,default_permissions real mount
            (cd mount && \"\$@\")
            umount mount || umount -l mount" sh \
            "$work/limited" none=0 "$way" "$F" "$length" >"$work/answer"
        answer_is_true "$way" "real/$F" "$1" && nothing_hidden <(ls -A real)
    }
    tally "failing file system" some
    both_answers_were_seen EIO
    both_answers_were_seen ENOSPC
}
