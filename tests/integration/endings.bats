#!/usr/bin/env bats
# Every way in which the writing of a file ends, whoever opened it and whoever writes it: the old
# whole file, the new whole file, or the documented exception; never a torn one, never a lost one
# without a line.  Contract 301 to 309.
#
# endings/row.bash says what a row is.
#
# SPDX-License-Identifier: Apache-2.0

load helper
load endings/row

setup_file() { endings_setup_file; }
teardown_file() { endings_teardown_file; }
setup() {
    endings_setup
    policy <<<$'[endings]\nmatch = *client_api_config.json'
}

@test "306: dash: command >"               { sh_row dash     'all'                    '$HALF $E >$F'; }
@test "306: dash: command >, and more"     { sh_row dash     'all'                    '$HALF $E >$F; true'; }
@test "306: dash: group >"                 { sh_row dash     'all'                    '{ $HALF $E; } >$F; true'; }
@test "306: dash: subshell >"              { sh_row dash     'all'                    '($HALF $E; true) >$F; true'; }
@test "306: dash: timeout command >"       { sh_row dash     'all'                    'timeout 50 $HALF $E >$F; true'; }
@test "306: dash: exec >, command"         { sh_row dash     'all'                    'exec >$F; $HALF $E; exec >&2; true'; }
@test "306: dash: exec command >"          { sh_row dash     'TERM=mute KILL=mute'    'exec $HALF $E >$F'; }
@test "306: dash: background job >"        { sh_row dash     'TERM=mute KILL=mute'    '$HALF $E >$F & wait'; }
@test "306: dash: eval, trap, nested"      { sh_row dash     'all'                    'trap : EXIT; eval "{ sh -c \"\\$HALF \\$E; true\"; } >$F"; true'; }

@test "306: bash: command >"               { sh_row bash     'TERM=mute KILL=mute'    '$HALF $E >$F'; }
@test "306: bash: command >, and more"     { sh_row bash     'TERM=mute KILL=mute'    '$HALF $E >$F; true'; }
@test "306: bash: group >"                 { sh_row bash     'all'                    '{ $HALF $E; } >$F; true'; }
@test "306: bash: subshell >"              { sh_row bash     'all'                    '($HALF $E; true) >$F; true'; }
@test "306: bash: timeout command >"       { sh_row bash     'all'                    'timeout 50 $HALF $E >$F; true'; }
@test "306: bash: exec >, command"         { sh_row bash     'all'                    'exec >$F; $HALF $E; exec >&2; true'; }
@test "306: bash: exec command >"          { sh_row bash     'TERM=mute KILL=mute'    'exec $HALF $E >$F'; }
@test "306: bash: background job >"        { sh_row bash     'TERM=mute KILL=mute'    '$HALF $E >$F & wait'; }
@test "306: bash: eval, trap, nested"      { sh_row bash     'all'                    'trap : EXIT; eval "{ sh -c \"\\$HALF \\$E; true\"; } >$F"; true'; }

@test "306: zsh: command >"                { sh_row zsh      'TERM=mute KILL=mute'    '$HALF $E >$F'; }
@test "306: zsh: command >, and more"      { sh_row zsh      'TERM=mute KILL=mute'    '$HALF $E >$F; true'; }
@test "306: zsh: group >"                  { sh_row zsh      'all'                    '{ $HALF $E; } >$F; true'; }
@test "306: zsh: subshell >"               { sh_row zsh      'all'                    '($HALF $E; true) >$F; true'; }
@test "306: zsh: timeout command >"        { sh_row zsh      'all'                    'timeout 50 $HALF $E >$F; true'; }
@test "306: zsh: exec >, command"          { sh_row zsh      'all'                    'exec >$F; $HALF $E; exec >&2; true'; }
@test "306: zsh: exec command >"           { sh_row zsh      'TERM=mute KILL=mute'    'exec $HALF $E >$F'; }
@test "306: zsh: background job >"         { sh_row zsh      'TERM=mute KILL=mute'    '$HALF $E >$F & wait'; }
@test "306: zsh: eval, trap, nested"       { sh_row zsh      'all'                    'trap : EXIT; eval "{ sh -c \"\\$HALF \\$E; true\"; } >$F"; true'; }

@test "306: ksh: command >"                { sh_row ksh      'TERM=mute KILL=mute'    '$HALF $E >$F'; }
@test "306: ksh: command >, and more"      { sh_row ksh      'all'                    '$HALF $E >$F; true'; }
@test "306: ksh: group >"                  { sh_row ksh      'all'                    '{ $HALF $E; } >$F; true'; }
@test "306: ksh: subshell >"               { sh_row ksh      'all'                    '($HALF $E; true) >$F; true'; }
@test "306: ksh: timeout command >"        { sh_row ksh      'all'                    'timeout 50 $HALF $E >$F; true'; }
@test "306: ksh: exec >, command"          { sh_row ksh      'all'                    'exec >$F; $HALF $E; exec >&2; true'; }
@test "306: ksh: exec command >"           { sh_row ksh      'TERM=mute KILL=mute'    'exec $HALF $E >$F'; }
@test "306: ksh: background job >"         { sh_row ksh      'TERM=mute KILL=mute'    '$HALF $E >$F & wait'; }
@test "306: ksh: eval, trap, nested"       { sh_row ksh      'all'                    'trap : EXIT; eval "{ sh -c \"\\$HALF \\$E; true\"; } >$F"; true'; }

@test "306: busybox: command >"            { sh_row busybox  'TERM=mute KILL=mute'    '$HALF $E >$F'; }
@test "306: busybox: command >, and more"  { sh_row busybox  'all'                    '$HALF $E >$F; true'; }
@test "306: busybox: group >"              { sh_row busybox  'all'                    '{ $HALF $E; } >$F; true'; }
@test "306: busybox: subshell >"           { sh_row busybox  'all'                    '($HALF $E; true) >$F; true'; }
@test "306: busybox: timeout command >"    { sh_row busybox  'all'                    'timeout 50 $HALF $E >$F; true'; }
@test "306: busybox: exec >, command"      { sh_row busybox  'all'                    'exec >$F; $HALF $E; exec >&2; true'; }
@test "306: busybox: exec command >"       { sh_row busybox  'TERM=mute KILL=mute'    'exec $HALF $E >$F'; }
@test "306: busybox: background job >"     { sh_row busybox  'TERM=mute KILL=mute'    '$HALF $E >$F & wait'; }
@test "306: busybox: eval, trap, nested"   { sh_row busybox  'all'                    'trap : EXIT; eval "{ sh -c \"\\$HALF \\$E; true\"; } >$F"; true'; }

# Here the opener itself may be what is killed.
@test "308: the program itself"               { row 'TERM=mute KILL=mute' sh -c 'exec $HALF $E $F'; }

# Bats takes the last brace after a blank for the start of a test: these have some of their own.
perl_fork() {
    row 'all' perl -e 'open F, ">", $ENV{F} or die;
        if (!fork) { open STDOUT, ">&", F; exec $ENV{HALF}, $ENV{E} } wait; close F'
}
ruby_spawn() {
    row 'all' ruby -e 'File.open(ENV["F"], "w") { |f| Process.wait spawn(ENV["HALF"], ENV["E"], out: f) }'
}
node_spawn() {
    row 'all' node -e 'const fs = require("fs"), f = fs.openSync(process.env.F, "w")
        require("child_process").spawnSync(process.env.HALF, [process.env.E],
            {stdio: ["ignore", f, "inherit"]}); fs.closeSync(f)'
}

gawk_system() {
    row 'all' bash -c 'gawk "BEGIN { system(ENVIRON[\"HALF\"] \" \" ENVIRON[\"E\"]) }" >$F; true'
}

py() { row "$1" "$PYTHON" "$beside/launch.py" "$2"; }
@test "306: python3: subprocess by vfork"     { py 'all' vfork; }
@test "306: python3: subprocess by fork"      { py 'all' fork; }
@test "306: python3: subprocess by posix_spawn" { py 'all' posix_spawn; }
@test "306: python3: os.posix_spawn, dup2"    { py 'all' actions; }
@test "306: python3: os.fork, os.dup2, os.execv" { py 'all' by_hand; }
@test "306: python3: multiprocessing, inherited output" { py 'all' inherited; }
@test "306: perl: system, own STDOUT"         { row 'all' perl -e 'open STDOUT, ">", $ENV{F} or die; system($ENV{HALF}, $ENV{E}); close STDOUT'; }
@test "306: perl: fork, exec"                 { perl_fork; }
@test "306: ruby: spawn, out: an open file"   { ruby_spawn; }
@test "306: ruby: system, own STDOUT"         { row 'all' ruby -e '$stdout.reopen(ENV["F"], "w"); system(ENV["HALF"], ENV["E"]); $stdout.reopen($stderr)'; }
@test "306: node: spawnSync, stdio"           { node_spawn; }
@test "306: gawk: system, own output"         { gawk_system; }
