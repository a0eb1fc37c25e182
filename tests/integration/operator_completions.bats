#!/usr/bin/env bats
# Completions of the shells: what the usage names is offered, where it can stand.
# SPDX-License-Identifier: Apache-2.0

load helper
load operator

setup() {
    operator_setup
    completions=$BATS_TEST_DIRNAME/../../scripts/completions
    mkdir -p bin directory
    touch file
    printf '#!/bin/sh\n' >bin/checkmate
    chmod +x bin/checkmate
}

# What bash offers for the last word.
bash_offers() {
    # shellcheck disable=SC2016 # the inner shell's
    PATH=$PWD/bin:/usr/bin:/bin bash --norc -c '. "$0"
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        _owneronly
        printf "%s\n" "${COMPREPLY[@]}"' "$completions/owneronly.bash" "$@" | sort -u
}

# The options of a usage text.
options_of() {
    "$owneronly" "$@" --help | sed '/^Exit status/,$d' | grep -oE -- '(^| )--?[a-z]+' | tr -d ' ' |
        sort -u
}

@test "bash: every option of every usage is offered, and no other" {
    diff <(bash_offers owneronly - | grep -vx -- --) <(options_of)
    for command in check explain doctor audit status; do
        diff <(bash_offers owneronly $command - | grep -vx -- --) <(options_of $command)
    done
}

@test "bash: commands of ours as the first word only, beside programs" {
    [ "$(bash_offers owneronly check | xargs)" = "check checkmate" ]
    [ "$(bash_offers owneronly -- check | xargs)" = checkmate ]
    [ "$(bash_offers owneronly -m x check | xargs)" = checkmate ]
    [ "$(bash_offers owneronly -p file --observe check | xargs)" = checkmate ]
    [ "$(bash_offers owneronly checkmate f | xargs)" = file ]
    [ "$(bash_offers owneronly checkmate -- | xargs)" = "" ]
}

@test "bash: files, directories and words, where they can stand" {
    [ "$(bash_offers owneronly -p f | xargs)" = file ]
    [ "$(bash_offers owneronly -m f | xargs)" = "" ]
    [ "$(bash_offers owneronly --log s | xargs)" = "stderr syslog" ]
    [ "$(bash_offers owneronly check f | xargs)" = file ]
    [ "$(bash_offers owneronly explain '' | xargs)" = "bin directory file" ]
    [ "$(bash_offers owneronly audit '' | xargs)" = "bin directory" ]
    [ "$(bash_offers owneronly audit --fix d | xargs)" = directory ]
    [ "$(bash_offers owneronly doctor '' | xargs)" = "bin directory" ]
    [ "$(bash_offers owneronly doctor directory -- checkm | xargs)" = checkmate ]
    [ "$(bash_offers owneronly doctor -- checkmate f | xargs)" = file ]
    [ "$(bash_offers owneronly audit -p f | xargs)" = file ]
    [[ " $(bash_offers owneronly status '' | xargs) " == *" $$ "* ]]
}

@test "bash: by bash-completion's own loader" {
    [ -r /usr/share/bash-completion/bash_completion ] || skip "no bash-completion"
    # shellcheck disable=SC2016
    run -0 bash --norc -c '. /usr/share/bash-completion/bash_completion; . "$0"
        COMP_WORDS=(owneronly -m x ls f) COMP_CWORD=4 COMP_LINE="owneronly -m x ls f" COMP_POINT=19
        _owneronly; printf "%s\n" "${COMPREPLY[@]}"' "$completions/owneronly.bash"
    [ "$output" = file ]
}

@test "fish: commands, options and directories" {
    command -v fish >/dev/null || skip "no fish"
    fish_offers() {
        HOME=$work PATH=$PWD/bin:/usr/bin:/bin fish --no-config \
            -c "source '$completions/owneronly.fish'; complete -C '$*'" | cut -f 1 | sort -u
    }
    [ "$(fish_offers 'owneronly check' | xargs)" = "check checkmate" ]
    [ "$(fish_offers 'owneronly -- check' | xargs)" = checkmate ]
    [ "$(fish_offers 'owneronly audit --' | xargs)" = "--fix --help --json --match --policy" ]
    [ "$(fish_offers 'owneronly check --' | xargs)" = "--help --match --policy" ]
    [ "$(fish_offers 'owneronly status --' | xargs)" = "--help --json" ]
    [ "$(fish_offers 'owneronly audit ' | xargs)" = "bin/ directory/" ]
    [ "$(fish_offers 'owneronly --log s' | xargs)" = "stderr syslog" ]
}

@test "zsh: commands and options" {
    command -v zsh >/dev/null || skip "no zsh"
    script -qec true /dev/null >/dev/null 2>&1 </dev/null || skip "no pseudo terminal here"
    zsh -n "$completions/_owneronly"
    cat >complete.zsh <<'CODE'
zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z "PS1=; fpath=('$1' \$fpath); autoload -U compinit; compinit -u -D; print re''ady"
zpty -r z seen '*ready*'
zpty -w -n z "$2"$'\t\t'
zpty -r z seen "*$3*"
CODE
    zsh_offers() {
        HOME=$work PATH=$PWD/bin:/usr/bin:/bin timeout 20 zsh -f complete.zsh "$completions" "$1" "$2"
    }
    zsh_offers 'owneronly exp' lain
    zsh_offers 'owneronly audit --j' son
    zsh_offers 'owneronly audit dir' ectory
    zsh_offers 'owneronly status --j' son
    zsh_offers 'owneronly --obs' erve
    zsh_offers 'owneronly doctor -- checkm' ate
}
