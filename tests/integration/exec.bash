# What the suites about execve(2) share: load it after helper.
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154

WORK_ON='reason="not whole: the next program writes on without the library: '

exec_setup() {
    common_setup
    printf '%s' '{"token":"old"}' >"$work/old"
    settings+=(OWNERONLY_LOG="$work/log")
    : >"$work/log"
}

# The new content is there, owner-only, by the program and for the reason that the log gives.
published_early_because() {
    content_is '[1]' "$F" && mode_is 600 "$F" && log_has "action=publish result=ok $WORK_ON.*$1"
}

handed_over_to() {
    content_is '[1]' "$F" && mode_is 600 "$F" && log_has "program=\"$1\" .*action=publish result=ok mode" &&
        ! log_has "not whole"
}

need_static_program() {
    if [ ! -x /bin/busybox ] || ldd /bin/busybox >/dev/null 2>&1; then
        skip "no static busybox here"
    fi
}

# Does execveat(2) tell beforehand, AT_EXECVE_CHECK?
kernel_tells() {
    "$PYTHON" -c 'import ctypes, platform, sys
number = {"x86_64": 322, "aarch64": 281}.get(platform.machine())
words = (ctypes.c_char_p * 2)(b"", None)
sys.exit(number is None or ctypes.CDLL(None).syscall(number, -100, b"/bin/true", words, words, 0x10000) != 0)'
}
