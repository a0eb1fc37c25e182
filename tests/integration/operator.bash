# What the suites of the operator's commands share: the wrapper, its program and the library, laid
# out as they are installed.
#
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154

operator_setup() {
    common_setup
    cd "$work" || return
    mkdir -p tree/bin tree/lib/owneronly tree/libexec/owneronly
    cp "$build/bin/owneronly" tree/bin/owneronly
    cp "$build/libexec/owneronly/owneronly-inspect" tree/libexec/owneronly/
    mv "$library" tree/lib/owneronly/
    library=$work/tree/lib/owneronly/libowneronly.so
    preload=${OWNERONLY_PRELOAD_FIRST:+$OWNERONLY_PRELOAD_FIRST:}$library
    owneronly=$work/tree/bin/owneronly
    mkdir "$work/here"
    cd "$work/here" || return
}

# Runs the command's program with no process to spare, and not as root, for whom there is no limit.
# Another user's processes count: a number that nobody else has.
alone() {
    local as=()
    chmod -R go+rX "$work"
    [ "$(id -u)" != 0 ] || as=(setpriv --reuid=64123 --regid=64123 --clear-groups)
    "${as[@]}" prlimit --nproc=1:1 "$work/tree/libexec/owneronly/owneronly-inspect" "$library" "$@"
}

# Every name below the directory, and all about it that a write would alter.
snapshot() {
    find . -printf '%p %y %i %m %U:%G %n %s %T@ %C@\n' | sort
}

# The command's usage: on standard output and 0 when asked for, else a hint and 2.
usage_is_as_agreed() {
    local command=$1
    run -0 --separate-stderr "$owneronly" "$command" --help
    [[ $output == "usage: owneronly $command "* ]]
    [ -z "$stderr" ]
    run -2 --separate-stderr "$owneronly" "$command" --nonsense
    [[ $stderr == "owneronly $command: unknown option --nonsense"* ]]
    [[ $stderr == *"owneronly $command --help"* ]]
    [ -z "$output" ]
    # One letter of several.
    run -2 "$owneronly" "$command" -xy
    [[ $output == "owneronly $command: unknown option -x"* ]]
    run -2 "$owneronly" "$command" -m
    [[ $output == *"a value is missing behind -m"* ]]
    run -2 "$owneronly" "$command" -m 'a:b'
    [[ $output == *"no glob that -m can take: a:b"* ]]
    # Joined by colons, each would take the next one for its own.
    run -2 "$owneronly" "$command" -m a\\ -m b
    [[ $output == *"no glob that -m can take: a\\"* ]]
    run -2 "$owneronly" "$command" -m '[a' -m 'b]'
    [[ $output == *"no glob that -m can take: [a"* ]]
    # Any error of standard output is one of the command.
    [ -w /dev/full ] || return 0
    run -3 sh -c '"$@" >/dev/full' sh "$owneronly" "$command" --help
    [[ $output == *"owneronly $command: standard output: ENOSPC"* ]]
}
