# How each foreign suite is laid out in the directory $place, run there, and read: a line for each of its
# tests, its name and its result, into the file $results.  Sourced by run.sh.
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154,SC2164

suites=(cpython tcl perl busybox)
# What a module of CPython's, or a file of Perl's, may take, and what Tcl's or BusyBox's tests may.
module_seconds=300 suite_seconds=1200

cpython_tests=(test_io test_fileio test_file test_tempfile test_shutil test_os test_posix test_subprocess
    test_mailbox test_zipfile test_tarfile test_gzip test_fileinput test_pathlib test_mmap test_fcntl
    test_largefile test_shelve test_dbm_dumb test_dbm_gnu test_filecmp test_glob test_popen test_stat
    test_py_compile test_compileall test_configparser test_netrc test_cmd_line_script test_univnewlines)
# Those of the applets that write files; not what computes for minutes.
busybox_applets=(ar awk bunzip2 bzcat cat cmp comm cp cpio cut dd diff expand find grep gunzip gzip ln ls
    md5sum mkdir mv od paste patch rm rmdir sed sort tail tar tee touch tr uncompress unexpand uniq unlzma unzip
    uuencode wc xargs xxd)
tcl_tests='io.test ioCmd.test chanio.test fCmd.test cmdAH.test fileName.test fileSystem.test exec.test source.test'

set_up_cpython() {
    :
}

# A process for each module: one that hangs costs its own results, and not those of the others.
run_cpython() {
    local module
    mkdir -p "$place/junit"
    [ ${#user[@]} -eq 0 ] || chown 65534:65534 "$place/junit"
    for module in "${cpython_tests[@]}"; do
        printf '%s: %s\n' "$(date +%T)" "$module"
        subject timeout -k 10 "$module_seconds" /usr/bin/python3 -m test --junit-xml "$place/junit/$module.xml" \
            --tempdir "$place/tmp" "$module" || true
        [ -e "$place/junit/$module.xml" ] || printf '%s: the module\tdid not end\n' "$module" >>"$results"
    done
    /usr/bin/python3 - "$place"/junit/*.xml >>"$results" <<'PYTHON'
import sys
import xml.etree.ElementTree as tree

for path in sys.argv[1:]:
    for case in tree.parse(path).iter("testcase"):
        outcome = "ok"
        for word in ("skipped", "failure", "error"):
            if case.find(word) is not None:
                outcome = word
        print(case.get("name"), outcome, sep="\t")
PYTHON
}

set_up_tcl() {
    cp -r "$sources"/tcl8.6-*/tests "$place/tests"
}

run_tcl() {
    subject timeout "$suite_seconds" tclsh8.6 tests/all.tcl -singleproc 0 -verbose 'pass skip error' -tmpdir "$place/tmp" \
        -file "$tcl_tests" >"$place/output" 2>&1 || true
    awk '$1 == "++++" && $3 ~ /^(PASSED|SKIPPED:)$/ { print $2 "\t" tolower($3) }
         $1 == "====" && $NF == "FAILED" && NF > 3 { print $2 "\tfailed" }' "$place/output" >"$results"
}

# Perl's own tests expect a source tree that was built: its interpreter, and its modules in lib.
set_up_perl() {
    local directory
    cp -r "$sources"/perl-*/t "$place/t"
    mkdir "$place/lib"
    for directory in $(perl -MConfig -e 'print "$Config{privlibexp} $Config{archlibexp}"'); do
        cp -rs "$directory/." "$place/lib/" 2>/dev/null || true
    done
    cp -r "$sources"/perl-*/lib/File "$place/t/lib_File"
    cp -r "$sources"/perl-*/dist/IO/t "$place/t/dist_IO"
    cp -r "$sources"/perl-*/cpan/File-Temp/t "$place/t/cpan_File-Temp"
    ln -s /usr/bin/perl "$place/t/perl"
    ln -s /usr/bin/perl "$place/perl"
}

run_perl() {
    local test
    cd "$place/t"
    for test in io/*.t op/stat.t op/stat_errors.t op/chdir.t op/readline.t op/eof.t op/exec.t op/fork.t \
        op/filetest.t run/switchi.t lib_File/*.t dist_IO/*.t cpan_File-Temp/*.t; do
        [ -e "$test" ] || continue
        subject timeout "$module_seconds" perl -I../lib -I"$place/t" "$test" >"$place/output" 2>&1 || true
        sed -n -E "s|^(ok\|not ok) +([0-9]+).*|$test \2\t\1|p" "$place/output" >>"$results"
    done
    cd "$place"
}

set_up_busybox() {
    cp -r "$sources"/busybox-*/testsuite "$place/testsuite"
    cp "$sources"/busybox-*/debian/config/pkg/deb "$place/.config"
    cp "$sources/busybox/bin/busybox" "$place/busybox"
    ln -s /bin/echo "$place/testsuite/echo-ne"
}

run_busybox() {
    cd "$place/testsuite"
    subject timeout "$suite_seconds" env bindir="$place" ./runtest "${busybox_applets[@]}" >"$place/output" 2>&1 || true
    sed -n -E 's/^(PASS|FAIL|SKIPPED|UNTESTED): (.*)/\2\t\1/p' "$place/output" >"$results"
    cd "$place"
}
