# The cases of the matrix: each runs the program in $directory, and sets `word` for what it saw.
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154

# Becomes the program, so that its pid is the caller's to wait for.
launch() {
    local environment=("F=$F" "INPUT=$INPUT" "${settings[@]}")
    [ "$column" = without ] || environment+=("LD_PRELOAD=$preload")
    exec "$built/reap" env "${environment[@]}" "$@" \
        <"$INPUT" >"$work/stdout" 2>"$work/stderr" 3>&- 8<&- 9>&-
}

run_program() {
    rc=0
    (launch "$@") || rc=$?
}

enter_case() {
    directory=$work/$1.$column
    mkdir "$directory"
    cd "$directory" || return
    INPUT=$BATS_FILE_TMPDIR/small
}

put_old_file() {
    printf '%s\n' "$old" >"$1"
    touch -d "@$old_time" "$1"
}

has_old_content() {
    local text
    [ -f "$1" ] && ! IFS= read -r -d '' text <"$1" && [ "$text" = "$old"$'\n' ]
}

is_old_file() {
    has_old_content "$1" && mode_is 644 "$1"
}

# Sets `word` for what stands there after a program that may have failed.
judge_end() {
    if [ ! -e "$F" ]; then
        word=none
    else
        word=$(stat -c %a "$F")
    fi
    [ "$rc" = 0 ] || word="$rc: $word"
}

case_fresh() {
    run_program "$@"
    judge_end
    [ "$rc" = 0 ] || [ -e "$F" ] || word=fails
}

case_existing() {
    put_old_file "$F"
    run_program "$@"
    judge_end
    [ "$rc" = 0 ] || ! is_old_file "$F" || word=fails
}

case_link() {
    put_old_file other
    ln -s other "$F"
    run_program "$@"
    if ! is_old_file other; then
        word=written
    elif [ "$(stat -c %Y other)" != "$old_time" ]; then
        word=touched
    elif [ -L "$F" ]; then
        word=refused
        [ "$rc" != 0 ] || word=kept
    else
        judge_end
        [ "$word" != 600 ] || word=replaced
    fi
}

# Nothing lost and nothing torn: all of the old file, then the first bytes of the input, and more of
# them than none.
is_added_to() {
    local added
    [ -f "$1" ] && added=$(($(stat -c %s "$1") - ${#old} - 1)) && [ "$added" -gt 0 ] &&
        cmp -s "$1" <(printf '%s\n' "$old" && head -c "$added" "$BATS_FILE_TMPDIR/large")
}

# Does anything but the old file grant others anything?
others_see_more() {
    find . -type f -perm /077 -not -name "$F" | grep -q .
}

# Waits until the program has read all but what the pipe holds.
feed() {
    timeout 30 head -c "$FIRST_BYTES" "$BATS_FILE_TMPDIR/large" >&9
}

case_killed() {
    local program meanwhile=old
    put_old_file "$F"
    INPUT=$work/fifo
    exec 9<>"$INPUT"
    launch "$@" &
    program=$!
    word=
    feed && until_written "$program" || word="never read"
    ! others_see_more || word=exposed
    is_old_file "$F" || meanwhile="torn meanwhile"
    kill -TERM "$program" || word="ended early"
    rc=0
    wait "$program" || rc=$?
    exec 9>&-
    if [ ! -e "$F" ]; then
        word="${word:+$word, }gone"
    elif is_added_to "$F"; then
        word="${word:+$word, }added $(stat -c %a "$F")"
    elif ! is_old_file "$F"; then
        word="${word:+$word, }torn $(stat -c %a "$F")"
    else
        word=${word:-$meanwhile}
    fi
}

# Nothing more to wait for: who has read the input has written it.  Rows may know better.
until_written() {
    :
}

# For a file that its opener closes as soon as another process writes it (307).
until_published() {
    local tries
    for ((tries = 0; tries < 3000; tries++)); do
        is_old_file "$F" || return 0
        sleep 0.01
    done
    return 1
}

# For a program that gets its input through another one: until what it has open holds something.
until_its_file_grows() {
    local child tries
    for ((tries = 0; tries < 3000; tries++)); do
        child=$(pgrep -P "$1") || return
        ! find -L "/proc/$child/fd" -type f -size +0 2>/dev/null | grep -q . || return 0
        sleep 0.01
    done
    return 1
}
