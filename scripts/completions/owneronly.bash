# bash completion for owneronly(1).
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash

# What runs as a command: by bash-completion's own means where they are loaded.
_owneronly_command() {
    if declare -F _command_offset >/dev/null; then
        _command_offset "$1"
    elif [ "$COMP_CWORD" -eq "$1" ]; then
        mapfile -t COMPREPLY < <(compgen -A command -- "$2")
    else
        mapfile -t COMPREPLY < <(compgen -o default -- "$2")
    fi
}

# Words, and files or directories ("-f", "-d"), that begin as the current one does.
_owneronly_offer() {
    local current=$1 words=$2
    shift 2
    mapfile -t COMPREPLY < <(compgen "$@" -W "$words" -- "$current")
    compopt -o filenames 2>/dev/null || :
}

# The value of an option that takes one; false if the word before is none.
_owneronly_value() {
    case $2 in
    -m | --match) COMPREPLY=() ;;
    -p | --policy) _owneronly_offer "$1" '' -f ;;
    --log) _owneronly_offer "$1" 'stderr syslog' -f ;;
    *) return 1 ;;
    esac
}

_owneronly_operator() {
    local current=$2 i
    if [ "$1" = doctor ]; then
        for ((i = 2; i < COMP_CWORD; i++)); do
            if [ "${COMP_WORDS[i]}" = -- ]; then
                _owneronly_command $((i + 1)) "$current"
                return
            fi
        done
    fi
    _owneronly_value "$current" "${COMP_WORDS[COMP_CWORD - 1]}" && return
    local options='-m --match -p --policy --help'
    case $1 in
    doctor) options+=' --' ;;
    audit) options+=' --fix --json' ;;
    status) options='--json --help' ;;
    esac
    [[ $current == -* ]] || options=
    case $1 in
    status) _owneronly_offer "$current" "${options:-$(cd /proc && printf '%s ' [0-9]*)}" ;;
    check | explain) _owneronly_offer "$current" "$options" -f ;;
    *) _owneronly_offer "$current" "$options" -d ;;
    esac
}

_owneronly() {
    local current=${COMP_WORDS[COMP_CWORD]} i
    COMPREPLY=()
    if [ "$COMP_CWORD" -gt 1 ]; then
        case ${COMP_WORDS[1]} in
        check | explain | doctor | audit | status)
            _owneronly_operator "${COMP_WORDS[1]}" "$current"
            return
            ;;
        esac
    fi
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
        -m | --match | -p | --policy | --log) i=$((i + 1)) ;;
        --)
            i=$((i + 1))
            break
            ;;
        -*) ;;
        *) break ;;
        esac
    done
    if [ "$i" -gt "$COMP_CWORD" ]; then
        _owneronly_value "$current" "${COMP_WORDS[COMP_CWORD - 1]}"
    elif [ "$i" -lt "$COMP_CWORD" ] || [ "${COMP_WORDS[COMP_CWORD - 1]}" = -- ]; then
        _owneronly_command "$i" "$current"
    elif [[ $current == -* ]]; then
        _owneronly_offer "$current" '-m --match -p --policy --observe --log --report --help --library --version --'
    else
        _owneronly_command "$i" "$current"
        [ "$COMP_CWORD" -ne 1 ] ||
            mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(
                compgen -W 'check explain doctor audit status' -- "$current"
            )
    fi
}

complete -F _owneronly owneronly
