#!/usr/bin/env bats
# Editors save what is protected as they would without the library, and leave it owner-only (208).
# SPDX-License-Identifier: Apache-2.0

load helper
load rows

setup() {
    common_setup
    policy <<<$'[rule]\nmatch = *.json'
    export HOME=$work TERM=xterm
    rows=0 changed=0
}

# What an editor on a terminal is told: its keys, then the editor.
type_keys() {
    "$PYTHON" -c '
import os, pty, signal, sys
signal.alarm(60)
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
os.read(terminal, 4096) # it has drawn itself, and takes keys
os.write(terminal, sys.argv[1].encode().decode("unicode_escape").encode("latin-1"))
try:
    while os.read(terminal, 4096): pass
except OSError: pass
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))' "$@" </dev/null >/dev/null
}

# subject, but on a terminal.
on_terminal() {
    local keys=$1
    shift
    local environment=("${settings[@]}")
    [ "$column" = without ] || environment+=("LD_PRELOAD=$preload")
    type_keys "$keys" env "${environment[@]}" "$@"
}

# Something else than a regular file is what the name may stand for.
start() {
    case $1 in
    file) (umask 077 && echo "old text" >f.json) ;;
    link)
        mkdir dotfiles
        (umask 077 && echo "old text" >dotfiles/f.json)
        ln -s dotfiles/f.json f.json
        ;;
    dangling)
        mkdir dotfiles
        ln -s dotfiles/f.json f.json
        ;;
    hard)
        (umask 077 && echo "old text" >f.json)
        ln f.json other
        ;;
    none) ;;
    esac
}

edit() {
    local kind=$1
    shift
    start "$kind"
    "$@"
    local status=$?
    # Backups and logs are the editors' own affair.
    rm -rf ./*~ ./.*~ ./.*.sw? .cache .local .config
    find . -type f ! -name said -exec grep -c new {} +
    return "$status"
}

vi_settings() {
    local editor=$1 kind=$2 copy backup
    shift 2
    for copy in yes no auto breaksymlink auto,breakhardlink; do
        for backup in writebackup nowritebackup; do
            row "${editor##*/}, $kind, backupcopy=$copy $backup" edit "$kind" subject "$editor" "$@" -u NONE -i NONE -n \
                -es -c "set backupcopy=$copy $backup backupskip=" -c '1s/old/new/' -c wq f.json
        done
    done
}

@test "208: vim saves a protected file in every backupcopy and writebackup setting" {
    editor=$(command -v vim.tiny || command -v vim) || skip "vim is not installed"
    vi_settings "$editor" file -N
    row "vim, under backupskip" edit file subject "$editor" -N -u NONE -i NONE -n -es -c 'set backupskip=*' -c '1s/old/new/' -c wq f.json
    row "vim, a new file" edit none subject "$editor" -N -u NONE -i NONE -n -es -c 'normal inew' -c wq f.json
    finish 12 1
}

@test "111 208: vim saves what a link leads to, where the rule says follow" {
    editor=$(command -v vim.tiny || command -v vim) || skip "vim is not installed"
    policy <<<$'[rule]\nmatch = *.json\nsymlink = follow'
    vi_settings "$editor" link -N
    row "vim, a new file behind a link" edit dangling subject "$editor" -N -u NONE -i NONE -n -es -c 'normal inew' -c wq f.json
    finish 11 1
}

@test "208: neovim saves in every backupcopy and writebackup setting" {
    command -v nvim >/dev/null || skip "neovim is not installed"
    vi_settings nvim file --headless
    row "nvim, a new file" edit none subject nvim --headless -u NONE -i NONE -n -es -c 'normal inew' -c wq f.json
    finish 11 1
}

@test "208: emacs saves, by renaming and by copying its backups" {
    command -v emacs >/dev/null || skip "emacs is not installed"
    for copying in t nil; do
        for kind in file none; do
            row "emacs, $kind, backup-by-copying $copying" edit "$kind" subject emacs -Q --batch f.json --eval \
                "(progn (setq backup-by-copying $copying) (goto-char 1) (insert \"new \") (save-buffer))"
        done
    done
    finish 4 2
}

with_ed() {
    printf '%s\n' a 'new line' . w q | subject ed -s f.json
}

@test "208: ed, nano, joe, mcedit and micro save" {
    command -v ed >/dev/null || skip "ed is not installed"
    row "ed" edit file with_ed
    row "ed, a new file" edit none with_ed
    if command -v nano >/dev/null; then
        row "nano" edit file on_terminal 'new \x0f\r\x18' nano -I f.json
        row "nano, a new file" edit none on_terminal 'new \x0f\r\x18' nano -I f.json
    fi
    if command -v joe >/dev/null; then
        row "joe" edit file on_terminal 'new \x0bx' joe f.json
        row "joe, a new file" edit none on_terminal 'new \x0bx' joe f.json
    fi
    if command -v mcedit >/dev/null; then
        row "mcedit" edit file on_terminal 'new \x1b2\r\x1b0' mcedit f.json
    fi
    # It is written in Go, and calls the kernel by itself: a new file's mode is that of its umask.
    if command -v micro >/dev/null; then
        row "micro" edit file on_terminal 'new \x13\x11' micro f.json
    fi
    finish 2 1
}
