#!/usr/bin/env bats
# The library in hosts that are odd, early, or watch closely: promises 1 to 5, contract 205, 207, 501.
# SPDX-License-Identifier: Apache-2.0

load helper
load tally

setup() {
    common_setup
    # Programs run as other users, too, and in a changed root.
    cp "$programs"/{careless,early_host,entry_points,filtered,libearly.so} "$work"
    entry_points=$work/entry_points
}

# libfaketime's memory of programs that ended by _exit(2), which it cannot remove itself.
teardown() {
    local file
    for file in /dev/shm/faketime_shm_* /dev/shm/sem.faketime_sem_*; do
        [ ! -O "$file" ] || [ -d "/proc/${file##*_}" ] || rm -f "$file"
    done
    common_teardown
}

# What is mixed with a library that has a sanitizer in it tells about the sanitizer.
need_plain_library() {
    [ -z "${OWNERONLY_PRELOAD_FIRST:-}" ] || skip "not with a sanitizer's run time"
}

shared_object() {
    local path
    path=$(find /usr/lib /lib /usr/local/lib -name "$1" 2>/dev/null | head -n 1)
    [ -n "$path" ] || skip "$1 is not installed"
    printf '%s\n' "$path"
}

# Runs a program with another preloaded library, and this one before or after it.
beside() {
    local order=$1 other=$2 list
    shift 2
    case $column/$order in
    without/*) list=$other ;;
    with/before) list=$preload:$other ;;
    with/after) list=$other:$preload ;;
    esac
    "${host[@]}" env "${settings[@]}" "LD_PRELOAD=$list" "$@" 2>"$work/stderr"
}

both_are_mapped() {
    local maps
    maps=$(beside "$1" "$2" cat /proc/self/maps)
    [[ $maps == *"$2"* ]] && { [ "$column" = without ] || [[ $maps == *libowneronly.so* ]]; }
}

# One entry point of every kind, and a few real programs, in both orders; the arguments behind the
# library are a command to run them under.
tally_beside() {
    need_plain_library
    other=$(shared_object "$1")
    host=("${@:2}")
    cases() {
        local order
        for order in before after; do
            printf "$order:%s\n" python shell dash sed open openat64 creat __open_2 fopen fopen_ccs \
                freopen syscall_open syscall_close close_range dup3_onto return_from_main _exit quick_exit
        done
    }
    try() {
        local order=${1%:*} way=${1#*:}
        case $way in
        python) beside "$order" "$other" "$PYTHON" -c "open('$F', 'w').write('[\"new\"]')" ;;
        shell) beside "$order" "$other" bash -c "echo '[\"new\"]' >$F" ;;
        dash) beside "$order" "$other" dash -c "echo '[\"new\"]' >$F" ;;
        sed)
            echo '["old"]' >"$F"
            beside "$order" "$other" sed -i 's/old/new/' "$F"
            ;;
        *) beside "$order" "$other" "$entry_points" "$way" "$F" ;;
        esac && is_new_and_private
    }
    local order
    for order in before after; do
        column=without both_are_mapped "$order" "$other"
        column=with both_are_mapped "$order" "$other"
    done
    tally "beside $1"
}

@test "207: beside jemalloc, in both orders" {
    tally_beside libjemalloc.so.2
}

@test "207: beside tcmalloc, in both orders" {
    tally_beside libtcmalloc_minimal.so.4
}

@test "207: beside libfaketime, in both orders" {
    settings+=("FAKETIME=@2000-01-02 00:00:00")
    tally_beside libfaketime.so.1
}

@test "207: beside libeatmydata, in both orders" {
    tally_beside libeatmydata.so
}

@test "204: the file is synced even if libeatmydata swallows what the program asks for" {
    need_plain_library
    command -v strace >/dev/null || skip "strace is not installed"
    other=$(shared_object libeatmydata.so)
    cases() { printf '%s\n' before after; }
    try() {
        host=(strace -qq -e trace=fsync -o "$work/trace")
        beside "$1" "$other" "$PYTHON" -c "import os
f = open('$F', 'w'); f.write('[\"new\"]'); f.flush(); os.fsync(f.fileno())"
        host=()
        [ "$(grep -c '^fsync(.* = 0' "$work/trace")" = 1 ]
    }
    tally "synced beside libeatmydata"
}

@test "207: under fakeroot, in both orders" {
    command -v fakeroot >/dev/null || skip "fakeroot is not installed"
    tally_beside 'libfakeroot-sysv.so' fakeroot --
}

@test "fakeroot still pretends: who owns what, before and after a protected write" {
    need_plain_library
    command -v fakeroot >/dev/null || skip "fakeroot is not installed"
    other=$(shared_object libfakeroot-sysv.so)
    host=(fakeroot --)
    cases() { printf '%s\n' before after; }
    try() {
        beside "$1" "$other" sh -c "
            touch other; chown 1234:1234 other; echo '[1]' >$F; stat -c %u other $F; id -u
            chown 5678 $F; stat -c %u $F" >answer
        content_is $'1234\n0\n0\n5678' answer && mode_is 600 "$F"
    }
    tally "pretended owners"
}

@test "501 207: a constructor that runs before the library's own finds the policy" {
    need_plain_library
    host=()
    cases() {
        printf '%s\n' {preloaded-before,preloaded-after,linked,preinit}:{open,fopen,kept}:{built-in,own}
    }
    try() {
        local where by rule F=$F
        IFS=: read -r where by rule <<<"$1"
        settings=("LD_LIBRARY_PATH=$work")
        [ "$rule" = built-in ] || {
            F=other.txt
            settings+=("OWNERONLY_MATCH=other.*")
        }
        [ "$where" = preinit ] || settings+=("EARLY_FILE=$F" "EARLY_BY=$by")
        case $where in
        preloaded-*) beside "${where#*-}" "$work/libearly.so" "$entry_points" --list ;;
        linked) subject "$work/early_host" ;;
        preinit) subject "$work/early_host" "$by" "$F" ;;
        esac && is_new_and_private
    }
    tally "early constructors"
}

# A root directory with a program and what it is linked with, but no /proc.
make_root() {
    local file
    mkdir -p root/dir
    cp "$entry_points" "$work/libowneronly.so" root
    # It sets the environment inside; chroot(8) itself is not to be preloaded.
    cp "$(command -v busybox)" root
    for file in $(ldd "$entry_points" | grep -oE '/[^ ]+\.so[^ ]*'); do
        cp --parents -L "$file" root
    done
    mkdir root/dev
    mknod -m 666 root/dev/null c 1 3
    chmod 777 root/dir
}

in_root() {
    local preloaded=(A=b)
    [ "$column" = without ] || preloaded=(LD_PRELOAD=/libowneronly.so)
    chroot "${as_user[@]}" root /busybox env "${preloaded[@]}" "${settings[@]}" "$@" 2>"$work/stderr"
}

need_chroot() {
    need_root
    need_plain_library
    command -v busybox >/dev/null || skip "busybox is not installed"
    ! ldd "$(command -v busybox)" >/dev/null 2>&1 || skip "busybox is not static"
}

tally_in_root() {
    cases() { "$entry_points" --list; }
    try() {
        make_root
        in_root /entry_points "$1" "/dir/$F" && [ ! -e root/proc ] && cd root/dir && is_new_and_private
    }
    tally "$1"
}

@test "205: a changed root without /proc, as root" {
    need_chroot
    as_user=()
    tally_in_root "no /proc, root"
}

@test "205: a changed root without /proc, as another user" {
    need_chroot
    as_user=(--userspec=65534:65534)
    tally_in_root "no /proc, another user"
}

@test "promise 4: a rule about directories is refused where /proc cannot tell them" {
    need_chroot
    as_user=()
    settings+=("OWNERONLY_MATCH=dir/*.json")
    # What can write without a name, or makes the file by itself first, is no open of it.
    cases() { printf '%s\n' open openat creat fopen freopen syscall_open; }
    try() {
        make_root
        echo '["old"]' >"root/dir/$F"
        ! in_root /entry_points "$1" "/dir/$F" && cd root/dir && is_old_and_said_so
    }
    tally "no /proc, rule with a directory"
}

@test "promise 5: under a filter that kills, an unprotected file needs no other system call" {
    need_plain_library
    control="protected names under the same filter"
    cases() { printf '%s\n' open openat creat fopen dup rename read exit; }
    try() {
        local file=other
        [ "$column" = with ] || file=$F
        column=with subject "$work/filtered" "$1" "$file" && content_is '["new"]' "$file"
    }
    tally "killing filter"

    # 159: SIGSYS.
    cd "$work"
    column=without run -159 subject ./filtered other other
    column=without subject ./filtered open other
}

# The sanitizer's library, if it is a shared one.
sanitizer_of() {
    ldd "$1" | grep -oE '/[^ ]*lib[at]san\.so[^ ]*' || true
}

tally_sanitized() {
    need_plain_library
    local program=$programs/entry_points_$1 order
    [ -x "$program" ] || skip "the compiler has no such sanitizer"
    setarch -R "$program" --list >/dev/null 2>&1 || skip "the sanitizer does not run here"
    settings+=("$2")
    cp "$program" "$work"
    cases() { "$entry_points" --list; }
    try() {
        subject setarch -R "$work/${program##*/}" "$1" "$F" && is_new_and_private &&
            ! stderr_has 'Sanitizer|runtime error'
    }
    tally "in a program with -fsanitize=$1"
    preload=$(sanitizer_of "$program"):$library
    cases() { printf '%s\n' open fopen freopen syscall_open; }
    rm -rf "$work/with" "$work/without"
    tally "the same with the sanitizer preloaded first"
}

@test "207: in a program with the address sanitizer" {
    tally_sanitized address ASAN_OPTIONS=detect_leaks=0:verify_asan_link_order=0
}

@test "207: in a program with the thread sanitizer" {
    tally_sanitized thread TSAN_OPTIONS=exitcode=66
}

@test "207: in a program with the undefined behaviour sanitizer" {
    tally_sanitized undefined UBSAN_OPTIONS=print_stacktrace=1
}

# Fails for what memcheck finds, leaks of every kind among it, and for descriptors left open.
checked() {
    subject valgrind --quiet --leak-check=full --show-leak-kinds=all --errors-for-leak-kinds=all \
        --error-exitcode=9 --track-fds=yes --log-file=valgrind.log "$@" || return
    [ "$(grep -c 'Open file descriptor' valgrind.log)" = \
        "$(grep -c 'inherited from parent' valgrind.log)" ] || {
        cat valgrind.log
        return 1
    }
}

@test "207: valgrind finds no error, no leak and no descriptor that the library left" {
    need_plain_library
    command -v valgrind >/dev/null || skip "valgrind is not installed"
    # Not every valgrind can read every compiler's debug information.
    strip --strip-debug "$work"/{careless,entry_points,libowneronly.so}
    cases() { printf '%s\n' three-times open creat fopen freopen_twice syscall_open syscall_close close_range; }
    try() {
        if [ "$1" = three-times ]; then
            checked "$work/careless" none "$F"
        else
            checked "$entry_points" "$1" "$F"
        fi && is_new_and_private
    }
    tally "memcheck"

    column=with
    cd "$work"
    local mistake found=0
    for mistake in leak overrun descriptor; do
        checked ./careless "$mistake" other || found=$((found + 1))
    done
    say "memcheck's own control: 3 mistakes of a program, $found found"
    [ "$found" = 3 ]
}
