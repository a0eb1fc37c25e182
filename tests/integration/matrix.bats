#!/usr/bin/env bats
# Programs that nobody here wrote, one a line, in every case: promises 1 to 3, contract 1xx to 4xx.
#
# matrix/row.bash says what the columns mean.  A line must not hold a brace after a blank but its
# own: bats takes the last one for the start of the test.
#
# SPDX-License-Identifier: Apache-2.0

load helper
load matrix/cases
load matrix/row

setup_file() { matrix_setup_file; }
teardown_file() { matrix_teardown_file; }
setup() { matrix_setup; }
teardown() { matrix_teardown; }

py() { row "${@:1:4}" "$PYTHON" "$beside/write.py" "$5"; }
js() { row "${@:1:4}" node "$beside/write.mjs" "$5"; }
jv() { row "${@:1:4}" java -XX:TieredStopAtLevel=1 -cp "$built" Write "$5"; }
php() { not_sanitized "it refuses RTLD_DEEPBIND"; row "${@:1:4}" php "$beside/write.php" "$5"; }
cc() { row "${@:1:4}" "$built/write_cc" "$5"; }
rs() { row "${@:1:4}" "$built/write_rs" "$5"; }
web() { need_program "${5%% *}"; serve; until_written() { until_its_file_grows "$1"; }; row "${@:1:4}" sh -c "exec $5"; }
# Where neovim is installed as well, it may be what vim(1) stands for.
vim='$(command -v vim.tiny || command -v vim) -Nu NONE -i NONE -es'
# The opener closes its own descriptor as soon as the child runs (307).
left_to_a_child() { until_written() { until_published; }; }
edit() { row 'n/a: must exist' "$@"; }

whole='n/a: one call writes all'
first='n/a: reads all first'
moves='n/a: 401, written aside'
fifo='n/a: refuses a FIFO'

#                                                     fresh existing link      killed
@test "matrix: python3: open, json.dump"        { py  600   600      replaced  old           json.dump; }
@test "matrix: python3: pathlib.write_text"     { py  600   600      replaced  "$whole"      write_text; }
@test "matrix: python3: os.open"                { py  600   600      replaced  old           os.open; }
@test "matrix: python3: shutil.copy"            { py  600   600      replaced  "$fifo"       shutil.copy; }
@test "matrix: python3: r+"                     { py  fails 600      refused   old           r+; }
@test "matrix: python3: x"                      { py  600   fails    refused   'n/a: must not exist' x; }
@test "matrix: python3: append"                 { py  600   600      refused   'added 600'   append; }
@test "matrix: python3: mmap, closed first"     { py  600   600      replaced  "$whole"      mmap; }
@test "matrix: python3: os.replace"             { py  600   600      replaced  "$moves"      os.replace; }
@test "matrix: python3: os.link"                { py  600   'n/a: must not exist' 'n/a: must not exist' "$moves" os.link; }
@test "matrix: python3: subprocess, vfork"      { py  600   600      replaced  old           vfork; }
@test "matrix: python3: subprocess, posix_spawn" { py 600   600      replaced  old           posix_spawn; }
@test "matrix: python3: multiprocessing, fork"  { py  600   600      replaced  old           mp-fork; }
@test "matrix: python3: multiprocessing, spawn" { py  600   600      replaced  old           mp-spawn; }
@test "matrix: python3: multiprocessing, forkserver" { py 600 600    replaced  old           mp-forkserver; }
@test "matrix: python3: multiprocessing, inherited" { py 600 600     replaced  old           mp-inherit; }
@test "matrix: python3: fork, child closes first" { py 600  600      replaced  old           child-first; }
@test "matrix: python3: fork, parent closes first" { py 600 600      replaced  'torn 600'    parent-first; }
@test "matrix: python3: daemon opens"           { py  600   600      replaced  old           daemon; }
@test "matrix: python3: daemon inherits"        { left_to_a_child; py 600 600 replaced 'torn 600'           daemon-inherits; }

@test "matrix: perl: open"                      { row 600   600      replaced  old           perl -e 'open F, ">", $ENV{F} or die; print F while <STDIN>; close F or die'; }
@test "matrix: perl: open, append"              { row 600   600      refused   'added 600'   perl -e 'open F, ">>", $ENV{F} or die; print F while <STDIN>; close F or die'; }
@test "matrix: perl: sysopen"                   { row 600   600      replaced  old           perl -MFcntl -e 'sysopen F, $ENV{F}, O_WRONLY|O_CREAT|O_TRUNC or die; syswrite F, $_ while <STDIN>'; }
@test "matrix: perl: File::Copy"                { row 600   600      replaced  old           perl -MFile::Copy -e 'copy($ENV{INPUT}, $ENV{F}) or die'; }
@test "matrix: perl: open, pipe"                { row 600   600      replaced  old           perl -e 'open F, "| cat >$ENV{F}" or die; print F while <STDIN>; close F or die'; }
@test "matrix: perl: system, own STDOUT"        { row 600   600      replaced  old           perl -e 'open STDOUT, ">", $ENV{F} or die; exit(system("cat") >> 8)'; }
@test "matrix: perl -i"                         { edit      600      replaced  "$moves"      perl -i -pe 's/old/new/' "$F"; }
@test "matrix: ruby: File.write"                { row 600   600      replaced  "$whole"      ruby -e 'File.write(ENV["F"], STDIN.read)'; }
@test "matrix: ruby: File.open"                 { row 600   600      replaced  old           ruby -e 'f = File.open(ENV["F"], "w"); while l = STDIN.gets; f.write l; end; f.close'; }
@test "matrix: ruby: IO.copy_stream"            { row 600   600      replaced  old           ruby -e 'IO.copy_stream(STDIN, ENV["F"])'; }
@test "matrix: ruby: system, out:"              { left_to_a_child; row 600 600 replaced 'torn 600'          ruby -e 'exit system("cat", out: ENV["F"])'; }
@test "matrix: ruby: IO.popen"                  { row 600   600      replaced  old           ruby -e 'exit system("cat >$F; true")'; }
# PHP, like git, reads links itself, and opens what they lead to: another name.
@test "matrix: php: file_put_contents"          { php 600   600      written   old           file_put_contents; }
@test "matrix: php: fopen, fwrite"              { php 600   600      written   old           fopen; }
@test "matrix: php: copy"                       { php 600   600      written   old           copy; }
@test "matrix: php: proc_open"                  { left_to_a_child; php 600 600 written 'torn 600'           proc_open; }
@test "matrix: node: writeFileSync"             { js  600   600      replaced  "$whole"      writeFileSync; }
@test "matrix: node: fs.promises.writeFile"     { js  600   600      replaced  old           promises; }
@test "matrix: node: createWriteStream"         { js  600   600      replaced  old           createWriteStream; }
@test "matrix: node: spawn, stdio"              { js  600   600      replaced  old           spawn; }
@test "matrix: node: appendFileSync"            { js  600   600      refused   "$whole"      appendFileSync; }
@test "matrix: node: copyFileSync"              { js  600   600      refused   "$whole"      copyFileSync; }
@test "matrix: node: renameSync"                { js  600   600      replaced  "$moves"      renameSync; }
@test "matrix: java: Files.write"               { jv  600   600      replaced  "$whole"      Files.write; }
@test "matrix: java: Files.copy"                { jv  600   600      replaced  gone          Files.copy; }
@test "matrix: java: Files.move"                { jv  600   600      replaced  "$moves"      Files.move; }
@test "matrix: java: FileOutputStream"          { jv  600   600      replaced  old           FileOutputStream; }
@test "matrix: java: RandomAccessFile"          { jv  600   600      refused   "$whole"      RandomAccessFile; }
@test "matrix: java: ProcessBuilder"            { left_to_a_child; jv 600 600 replaced 'torn 600'           ProcessBuilder; }
@test "matrix: lua: io.open"                    { row 600   600      replaced  old           lua5.4 -e 'local f = assert(io.open(os.getenv("F"), "w")) for l in io.lines() do f:write(l, "\n") end f:close()'; }
@test "matrix: lua: io.output"                  { row 600   600      replaced  old           lua5.4 -e 'io.output(os.getenv("F")) for l in io.lines() do io.write(l, "\n") end'; }
@test "matrix: lua: io.popen"                   { row 600   600      replaced  old           lua5.4 -e 'local f = io.popen("cat >$F", "w") for l in io.lines() do f:write(l, "\n") end assert(f:close())'; }
@test "matrix: gawk: print >"                   { row 600   600      replaced  old           gawk '{ print > ENVIRON["F"] }'; }
@test "matrix: gawk: print >>"                  { row 600   600      refused   'added 600'   gawk '{ print >> ENVIRON["F"] }'; }
@test "matrix: gawk: print | cat >"             { row 600   600      replaced  old           gawk '{ print | "cat >$F" }'; }
@test "matrix: mawk: print >"                   { row 600   600      replaced  old           mawk '{ print > ENVIRON["F"] }'; }
@test "matrix: gawk -i inplace"                 { edit      600      replaced  "$moves"      gawk -i inplace '{ print "new" }' "$F"; }
@test "matrix: C++: ofstream"                   { cc  600   600      replaced  old           write; }
@test "matrix: C++: ofstream, app"              { cc  600   600      refused   'added 600'   append; }
@test "matrix: C++: filesystem::copy_file"      { cc  600   600      replaced  "$fifo"       copy_file; }
@test "matrix: Rust: fs::write"                 { rs  600   600      replaced  "$whole"      write; }
@test "matrix: Rust: File::create, io::copy"    { rs  600   600      replaced  old           create; }
@test "matrix: Rust: Command"                   { rs  600   600      replaced  old           Command; }
@test "matrix: Rust: fs::copy"                  { rs  600   600      replaced  "$fifo"       copy; }
@test "matrix: Rust: fs::rename"                { rs  600   600      replaced  "$moves"      rename; }

@test "matrix: bash: echo >"                    { row 600   600      replaced  "$whole"      bash -c 'echo "[1]" >$F'; }
@test "matrix: bash: loop >"                    { row 600   600      replaced  old           bash -c 'while read -r l; do echo "$l"; done >$F'; }
@test "matrix: bash: loop >>"                   { row 600   600      refused   'added 600'   bash -c 'while read -r l; do echo "$l"; done >>$F'; }
@test "matrix: bash: command >"                 { row 600   600      replaced  old           bash -c 'cat >$F; true'; }
@test "matrix: bash: command >>"                { row 600   600      refused   'added 600'   bash -c 'cat >>$F || exit'; }
@test "matrix: bash: last command > (303)"      { row 600   600      replaced  old           bash -c 'cat >$F'; }
@test "matrix: bash: group >"                   { row 600   600      replaced  old           bash -c '{ read -r l; echo "$l"; cat; } >$F'; }
@test "matrix: bash: subshell >"                { row 600   600      replaced  old           bash -c '(read -r l; echo "$l"; cat; true) >$F'; }
@test "matrix: bash: pipeline >"                { row 600   600      replaced  old           bash -c 'cat | cat >$F'; }
@test "matrix: bash: pipeline, loop >"          { row 600   600      replaced  old           bash -c 'cat | while read -r l; do echo "$l"; done >$F'; }
@test "matrix: bash: background job >"          { row 600   600      replaced  old           bash -c 'cat <$INPUT >$F & wait'; }
@test "matrix: bash: orphaned job >"            { row 600   600      replaced  old           bash -c 'cat <$INPUT >$F &'; }
@test "matrix: bash: exec >"                    { row 600   600      replaced  old           bash -c 'exec >$F; read -r l; echo "$l"; cat; true'; }
@test "matrix: bash: exec 3>"                   { row 600   600      replaced  old           bash -c 'exec 3>$F; cat >&3; exec 3>&-'; }
@test "matrix: bash: exec 3<>"                  { row 600   600      refused   old           bash -c 'exec 3<>$F || exit; cat >&3'; }
@test "matrix: bash: tee, process substitution" { row 600   600      replaced  old           bash -c 'tee >(cat >$F) >/dev/null'; }
@test "matrix: bash: coproc"                    { row 600   600      replaced  old           bash -c 'coproc cat >$F; cat >&"${COPROC[1]}"'; }

@test "matrix: dash: echo >"                    { row 600   600      replaced  "$whole"      dash -c 'echo "[1]" >$F'; }
@test "matrix: dash: loop >"                    { row 600   600      replaced  old           dash -c 'while read -r l; do echo "$l"; done >$F'; }
@test "matrix: dash: loop >>"                   { row 600   600      refused   'added 600'   dash -c 'while read -r l; do echo "$l"; done >>$F'; }
@test "matrix: dash: command >"                 { row 600   600      replaced  old           dash -c 'cat >$F; true'; }
@test "matrix: dash: command >>"                { row 600   600      refused   'added 600'   dash -c 'cat >>$F || exit'; }
@test "matrix: dash: last command > (303)"      { row 600   600      replaced  old           dash -c 'cat >$F'; }
@test "matrix: dash: group >"                   { row 600   600      replaced  old           dash -c '{ read -r l; echo "$l"; cat; } >$F'; }
@test "matrix: dash: subshell >"                { row 600   600      replaced  old           dash -c '(read -r l; echo "$l"; cat; true) >$F'; }
@test "matrix: dash: pipeline >"                { row 600   600      replaced  old           dash -c 'cat | cat >$F'; }
@test "matrix: dash: pipeline, loop >"          { row 600   600      replaced  old           dash -c 'cat | while read -r l; do echo "$l"; done >$F'; }
@test "matrix: dash: background job >"          { row 600   600      replaced  old           dash -c 'cat <$INPUT >$F & wait'; }
@test "matrix: dash: orphaned job >"            { row 600   600      replaced  old           dash -c 'cat <$INPUT >$F &'; }
@test "matrix: dash: exec >"                    { row 600   600      replaced  old           dash -c 'exec >$F; read -r l; echo "$l"; cat; true'; }
@test "matrix: dash: exec 3>"                   { row 600   600      replaced  old           dash -c 'exec 3>$F; cat >&3; exec 3>&-'; }
@test "matrix: dash: exec 3<>"                  { row 600   600      refused   old           dash -c 'exec 3<>$F || exit; cat >&3'; }

@test "matrix: zsh: echo >"                     { row 600   600      replaced  "$whole"      zsh -c 'echo "[1]" >$F'; }
@test "matrix: zsh: loop >"                     { row 600   600      replaced  old           zsh -c 'while read -r l; do echo "$l"; done >$F'; }
@test "matrix: zsh: loop >>"                    { row 600   600      refused   'added 600'   zsh -c 'while read -r l; do echo "$l"; done >>$F'; }
@test "matrix: zsh: command >"                  { row 600   600      replaced  old           zsh -c 'cat >$F; true'; }
@test "matrix: zsh: command >>"                 { row 600   600      refused   'added 600'   zsh -c 'cat >>$F || exit'; }
@test "matrix: zsh: last command > (303)"       { row 600   600      replaced  old           zsh -c 'cat >$F'; }
@test "matrix: zsh: group >"                    { row 600   600      replaced  old           zsh -c '{ read -r l; echo "$l"; cat; } >$F'; }
@test "matrix: zsh: subshell >"                 { row 600   600      replaced  old           zsh -c '(read -r l; echo "$l"; cat; true) >$F'; }
@test "matrix: zsh: pipeline >"                 { row 600   600      replaced  old           zsh -c 'cat | cat >$F'; }
@test "matrix: zsh: pipeline, loop >"           { row 600   600      replaced  old           zsh -c 'cat | while read -r l; do echo "$l"; done >$F'; }
@test "matrix: zsh: background job >"           { row 600   600      replaced  old           zsh -c 'cat <$INPUT >$F & wait'; }
@test "matrix: zsh: orphaned job >"             { row 600   600      replaced  old           zsh -c 'cat <$INPUT >$F &'; }
@test "matrix: zsh: exec >"                     { row 600   600      replaced  old           zsh -c 'exec >$F; read -r l; echo "$l"; cat; true'; }
@test "matrix: zsh: exec 3>"                    { row 600   600      replaced  old           zsh -c 'exec 3>$F; cat >&3; exec 3>&-'; }
@test "matrix: zsh: two redirections"           { left_to_a_child; row 600 600 replaced 'torn 600'          zsh -c 'cat >$F >/dev/null'; }

# A static program has no library in it: published before it runs (304).
@test "matrix: busybox-static: command >"       { row 600   600      replaced  'torn 600'    bash -c 'busybox cat >$F'; }
@test "matrix: tee"                             { row 600   600      replaced  old           tee "$F"; }
@test "matrix: tee -a"                          { row 600   600      refused   'added 600'   tee -a "$F"; }
@test "matrix: cp"                              { row 600   600      replaced  old           sh -c 'cp $INPUT $F'; }
@test "matrix: cp -p"                           { row 600   600      replaced  old           sh -c 'cp -p $INPUT $F'; }
@test "matrix: cp --remove-destination"         { row 600   600      replaced  gone          sh -c 'cp --remove-destination $INPUT $F'; }
@test "matrix: install"                         { row 600   600      replaced  gone          sh -c 'install -m 644 $INPUT $F'; }
@test "matrix: dd"                              { row 600   600      replaced  old           dd of="$F" bs=4096 status=none; }
@test "matrix: dd conv=notrunc"                 { row 600   600      refused   old           dd of="$F" bs=4096 status=none conv=notrunc; }
@test "matrix: dd oflag=append"                 { row 600   600      refused   'added 600'   dd of="$F" bs=4096 status=none conv=notrunc oflag=append; }
@test "matrix: touch"                           { row 600   600      touched   'n/a: no content' touch "$F"; }
@test "matrix: truncate"                        { row 600   600      refused   'n/a: no content' truncate -s 99 "$F"; }
@test "matrix: sort -o"                         { row 600   600      refused   "$first"      sort -o "$F"; }
@test "matrix: sort -o, over its input"         { edit      600      refused   "$first"      sort -o "$F" "$F"; }
@test "matrix: python3 -m json.tool, over its input" { edit 600      replaced  "$first"      "$PYTHON" -m json.tool "$F" "$F"; }
@test "matrix: find -fprint"                    { row 600   600      replaced  "$whole"      find /dev/null -fprint "$F"; }
@test "matrix: iconv -o"                        { row 600   600      replaced  "$whole"      iconv -o "$F"; }
@test "matrix: sed -i"                          { edit      600      replaced  "$moves"      sed -i s/old/new/ "$F"; }
@test "matrix: mv"                              { row 600   600      replaced  "$moves"      sh -c 'cp $INPUT aside && mv -f aside $F'; }
@test "matrix: mv, other file system"           { elsewhere; row 600 600 replaced "$moves"   sh -c "cp \$INPUT $elsewhere/aside && mv -f $elsewhere/aside \$F"; }
@test "matrix: tar -x"                          { row 600   600      replaced  "$fifo"       sh -c 'cp $INPUT $F.0 && tar -cf aside --transform s/.0// $F.0 && rm $F.0 && tar -xf aside'; }
@test "matrix: gunzip -f"                       { row 600   600      replaced  "$moves"      sh -c 'gzip <$INPUT >$F.gz && gunzip -f $F.gz'; }
@test "matrix: git config -f"                   { old='[a]'; row 600 600 written "$moves"    git config -f "$F" b.c d; }
@test "matrix: git checkout"                    { row 600   600      replaced  "$moves"      sh -c 'git init -q . && git hash-object -w $INPUT | sed "s/^/100644 /; s/\$/\t$F/" | git update-index --index-info && git checkout-index -f $F'; }
@test "matrix: curl -o, file"                   { not_sanitized "curl hangs in setlocale"; row 600 600 replaced old curl -s -o "$F" file:///dev/stdin; }
@test "matrix: curl -o, http"                   { not_sanitized "curl hangs in setlocale"; web 600 600 replaced old 'curl -s --noproxy "*" -o $F $URL$INPUT'; }
@test "matrix: wget -O, http"                   { web 600   600      replaced  old           'wget -q --no-hsts --no-proxy -O $F $URL$INPUT'; }
@test "matrix: openssl genrsa -out"             { random; row 600 600 replaced "$whole"      openssl genrsa -out "$F" 1024; }
@test "matrix: openssl base64 -out"             { row 600   600      replaced  old           openssl base64 -out "$F"; }
@test "matrix: jq over its input"               { keeps; edit 600    replaced  "$first"      bash -c 'jq -c . $F >$F'; }
@test "matrix: vim"                             { row 600   600      refused   "$first"      sh -c "$vim -c 'set backupskip=' -c %d -c '0read \$INPUT' -c x \$F"; }
@test "matrix: vim, nowritebackup"              { row 600   600      refused   "$first"      sh -c "$vim -c 'set nowritebackup' -c %d -c '0read \$INPUT' -c x \$F"; }
@test "matrix: flock, creates (103)"            { row 600   'n/a: only read' 'n/a: only read' 'n/a: only read' flock "$F" true; }
@test "matrix: nohup"                           { row 600   600      replaced  old           nohup sh -c 'cat >$F'; }
@test "matrix: setsid"                          { row 600   600      replaced  old           setsid sh -c 'cat >$F'; }
@test "matrix: setsid --fork"                   { row 600   600      replaced  old           setsid --fork sh -c 'cat <$INPUT >$F'; }
@test "matrix: xargs"                           { row 600   600      replaced  old           sh -c 'echo $F | xargs -I@ sh -c "cat <\$INPUT >@"'; }
@test "matrix: timeout"                         { row 600   600      replaced  old           timeout 60 sh -c 'cat >$F'; }
@test "matrix: stdbuf"                          { row 600   600      replaced  old           stdbuf -oL sh -c 'cat >$F'; }

@test "every line of the matrix is in its table" { every_line_is_in_the_table; }
