#!/usr/bin/env bats
# What careful programs do with a file's name before they close it: contract 208, 403.
#
# Each idiom is run without the library and with it, in a directory of its own.  What it says, and
# what is left, must be the same, but for the modes of protected names: those differ, which is the
# control.  A table is printed.
#
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016 # the programs' own expressions

load helper
load rows

setup() {
    common_setup
    policy <<<$'[rule]\nmatch = *.json'
    rows=0 changed=0
}

# Python idioms: a name, and code in which P is the path and Q another one.
idiom() {
    local name=$1 code=$2
    row "$name" python "
import stat, tempfile, shutil, time, ctypes
P, Q = 'f.json', 'g.json'
def look(path, follow=True):
    s = os.stat(path, follow_symlinks=follow); return stat.S_IFMT(s.st_mode), s.st_size, s.st_nlink
def attempt(call):
    try: return call()
    except OSError as e: return errno.errorcode[e.errno]
$code"
}

# The same, over an absent file and over an old one.
idioms() {
    idiom "$1" "$2"
    idiom "$1, over an old file" "open('old', 'w').write('old content'); os.rename('old', P); os.chmod(P, 0o644)
$2"
}

@test "208: chmod, stat, chown, times, attributes by name before the close" {
    idioms "os.chmod(P, 0o600)" "f = open(P, 'w'); os.chmod(P, 0o600); f.write('new'); f.close(); print(oct(os.stat(P).st_mode))"
    idioms "os.chmod(P, 0o400)" "f = open(P, 'w'); os.chmod(P, 0o400); f.write('new'); f.close(); print(oct(os.stat(P).st_mode))"
    idioms "os.path.exists, lexists, isfile, islink" "f = open(P, 'w'); print(os.path.exists(P), os.path.lexists(P), os.path.isfile(P), os.path.islink(P), os.path.isdir(P)); f.write('new'); f.close()"
    idiom "os.stat, size and links after a flush" "f = open(P, 'w'); f.write('new'); f.flush(); print(look(P), look(P, False), os.path.getsize(P)); f.close(); print(look(P))"
    idioms "os.fstat is os.stat is os.lstat" "f = open(P, 'w'); f.write('new'); f.flush(); print(os.path.samestat(os.fstat(f.fileno()), os.stat(P)), os.path.samestat(os.lstat(P), os.stat(P)), os.path.sameopenfile(f.fileno(), os.open(P, os.O_WRONLY)), os.fstat(f.fileno()).st_nlink, os.stat('/proc/self/fd/%d' % f.fileno()).st_nlink); f.close()"
    idioms "os.access" "f = open(P, 'w'); print([os.access(P, m) for m in (os.F_OK, os.R_OK, os.W_OK)], os.access(P, os.R_OK, effective_ids=True)); f.close()"
    idioms "os.chown" "f = open(P, 'w'); os.chown(P, os.getuid(), os.getgid()); os.lchown(P, -1, -1); f.write('new'); f.close(); print(os.stat(P).st_uid)"
    idioms "os.utime" "f = open(P, 'w'); f.write('new'); f.flush(); os.utime(P, (1, 2)); os.utime(P, (3, 4), follow_symlinks=False); print(os.stat(P).st_mtime); f.close()"
    idioms "os.setxattr, getxattr, listxattr, removexattr" "f = open(P, 'w'); os.setxattr(P, 'user.x', b'1'); print(os.listxattr(P), attempt(lambda: os.removexattr(P, 'user.x')), os.listxattr(P), attempt(lambda: os.getxattr(P, 'user.x'))); f.close()"
    idiom "os.readlink" "f = open(P, 'w'); print(attempt(lambda: os.readlink(P))); f.close()"
    idiom "os.truncate" "f = open(P, 'w'); f.write('content'); f.flush(); os.truncate(P, 3); f.close(); print(open(P).read())"
    idiom "by directory descriptor" "d = os.open('.', os.O_RDONLY); f = open(P, 'w'); f.write('new'); f.flush(); os.chmod(P, 0o600, dir_fd=d); print(os.stat(P, dir_fd=d).st_size, os.access(P, os.R_OK, dir_fd=d)); os.utime(P, (1, 1), dir_fd=d); f.close(); os.close(d)"
    idiom "by its full path, and through a linked directory" "os.mkdir('d'); os.symlink('d', 'l'); f = open('d/f.json', 'w'); os.chmod(os.getcwd() + '/l/f.json', 0o600); print(os.path.exists('l/../d/f.json'), os.path.exists('l/f.json/')); f.close()"
    [ "$(uname -m)" != x86_64 ] || idiom "by number" "c = ctypes.CDLL(None, use_errno=True).syscall; b = ctypes.create_string_buffer(256); f = open(P, 'w'); f.write('new'); f.flush(); n = P.encode(); print([c(*call) for call in ((4, n, b), (6, n, b), (5, f.fileno(), b), (262, -100, n, b, 0), (332, -100, n, 0, 0x7ff, b), (21, n, 4), (269, -100, n, 4), (439, -100, n, 4, 0), (89, n, b, 9), (92, n, -1, -1), (280, -100, n, None, 0), (261, -100, n, None), (90, n, 0o600), (87, n), (87, n))]); f.close()"
    idiom "other files are what they were" "f = open(P, 'w'); open('other', 'w').write('x'); os.chmod('other', 0o640); os.mkdir('d'); print(os.path.exists('d/f.json'), os.path.exists(Q), attempt(lambda: os.chmod('d/f.json', 0)), oct(os.stat('other').st_mode)); f.close()"
    finish 20 15
}

# Into memory of malloc(3) and into the caller's buffer; errno says ENOENT only where it is one.
@test "208: realpath of a name before the close, by each of its names" {
    local real='c = ctypes.CDLL(None, use_errno=True)
def real(name, *arguments):
    function = getattr(c, name); function.restype = ctypes.c_void_p; ctypes.set_errno(77)
    result = function(*arguments)
    return result and os.path.relpath(ctypes.string_at(result)), ctypes.get_errno() == errno.ENOENT
b = ctypes.create_string_buffer(4096)
def resolve(path):
    path = path.encode(); inside = real("realpath", path, b)
    print(real("realpath", path, None), inside, inside[0] and os.path.relpath(b.value))
'
    idioms "realpath" "${real}f = open(P, 'w'); resolve(P); resolve('./' + P); resolve(os.getcwd() + '/' + P); f.close(); resolve(P)"
    idioms "realpath of what is not pending" "${real}f = open(P, 'w'); resolve(Q); resolve('d/' + P); open('other', 'w').close(); resolve('other'); f.close()"
    idiom "realpath through a linked directory" "${real}os.mkdir('d'); os.symlink('d', 'l'); f = open('d/f.json', 'w'); resolve('l/f.json'); resolve('l/../d/f.json'); f.close()"
    idiom "realpath of what was removed" "${real}f = open(P, 'w'); os.remove(P); resolve(P); f.close(); open('g.json', 'w').close()"
    idioms "__realpath_chk, canonicalize_file_name" "${real}f = open(P, 'w'); print(real('__realpath_chk', P.encode(), b, 4096), real('canonicalize_file_name', P.encode())); f.close()"
    finish 8 8
}

@test "208: reading by name before the close" {
    idiom "open to read" "f = open(P, 'w'); f.write('new'); f.flush(); print(open(P).read()); f.write('er'); f.close(); print(open(P).read())"
    idiom "open to read, by the lowest descriptor" "f = open(P, 'w'); r = os.open(P, os.O_RDONLY); print(r, os.fstat(r).st_nlink, os.get_inheritable(r)); f.close()"
    idiom "O_RDONLY|O_CREAT, and O_EXCL" "f = open(P, 'w'); f.write('x'); f.flush(); print(os.read(os.open(P, os.O_RDONLY | os.O_CREAT), 9), attempt(lambda: os.open(P, os.O_RDONLY | os.O_CREAT | os.O_EXCL))); f.close()"
    idiom "O_PATH, O_NOFOLLOW, O_DIRECTORY" "f = open(P, 'w'); print(type(os.open(P, os.O_PATH | os.O_NOFOLLOW)), type(os.open(P, os.O_RDONLY | os.O_NOFOLLOW)), attempt(lambda: os.open(P, os.O_RDONLY | os.O_DIRECTORY))); f.close()"
    idiom "an append handle, and a second one" "a = open(P, 'w'); a.write('one '); a.flush(); b = open(P, 'a'); b.write('two '); b.flush(); a.close(); b.close(); print(open(P).read())"
    row "lua reads what it writes" subject lua5.4 -e 'f = io.open("f.json", "w"); f:write("[1]"); f:flush(); print(io.open("f.json"):read("a")); f:close()'
    row "perl: -e, -s, stat, chmod, rename" subject perl -e 'open F, ">f.json"; print F "[1]"; F->flush if 0; chmod 0600, "f.json"; print -e "f.json" ? "there" : "absent", -f _, (stat "f.json")[3]; rename "f.json", "g.json"; close F; print -s "g.json"'
    row "ruby: File.exist?, chmod, delete" subject ruby -e 'File.open("f.json", "w") { |f| f.write "[1]"; f.flush; File.chmod(0600, "f.json"); puts File.exist?("f.json"), File.size("f.json"), File.read("f.json"), File.stat("f.json").nlink }'
    row "php: file_exists, chmod, filesize, rename" subject php -n -r '$f = fopen("f.json", "w"); fwrite($f, "[1]"); chmod("f.json", 0600); clearstatcache(); echo file_exists("f.json"), filesize("f.json"), is_readable("f.json"); rename("f.json", "g.json"); fclose($f);'
    finish 9 6
}

@test "208: removing, renaming and linking by name before the close" {
    idioms "os.remove" "f = open(P, 'w'); f.write('new'); os.remove(P); print(os.path.exists(P), attempt(lambda: os.remove(P))); f.close(); print(os.path.exists(P))"
    idiom "os.remove inside with, and a new file" "with open(P, 'w') as f:
    f.write('first'); os.remove(P)
    with open(P, 'w') as g: g.write('second')
print(open(P).read())"
    idioms "os.rename away" "f = open(P, 'w'); f.write('new'); f.flush(); os.rename(P, Q); print(os.path.exists(P), open(Q).read()); f.write('er'); f.close(); print(open(Q).read())"
    idioms "os.replace onto another" "open(Q, 'w').write('other'); f = open(P, 'w'); f.write('new'); f.flush(); os.replace(P, Q); f.close(); print(open(Q).read(), os.listdir('.') == [Q])"
    idioms "os.link" "f = open(P, 'w'); f.write('new'); f.flush(); os.link(P, Q); f.close(); print(look(P), look(Q), os.path.samefile(P, Q))"
    idiom "os.link onto it" "open('x', 'w').close(); f = open(P, 'w'); print(attempt(lambda: os.link('x', P))); f.close()"
    idiom "os.rename onto it" "open('x', 'w').write('moved'); f = open(P, 'w'); f.write('dropped'); os.rename('x', P); f.close(); print(open(P).read())"
    idiom "mkdir, open, rmtree before the close" "os.mkdir('d'); f = open('d/f.json', 'w'); f.write('x'); shutil.rmtree('d'); print(attempt(f.close), os.path.exists('d'))"
    idiom "TemporaryDirectory" "
with tempfile.TemporaryDirectory(dir='.') as d:
    f = open(d + '/f.json', 'w'); f.write('x')
print(attempt(f.close), os.listdir('.'))"
    idiom "NamedTemporaryFile, used by name" "
f = tempfile.NamedTemporaryFile('w', suffix='.json', dir='.')
f.write('[1]'); f.flush(); print(open(f.name).read(), os.stat(f.name).st_size, oct(os.stat(f.name).st_mode)); f.close(); print(os.path.exists(f.name))"
    idiom "mkstemp, fdopen, replace" "
fd, name = tempfile.mkstemp(suffix='.json', dir='.')
with os.fdopen(fd, 'w') as f: f.write('[1]')
os.chmod(name, 0o600); os.replace(name, P); print(open(P).read())"
    idiom "a lock file by O_EXCL" "
fd = os.open('lock.json', os.O_WRONLY | os.O_CREAT | os.O_EXCL); os.write(fd, b'1')
print(attempt(lambda: os.open('lock.json', os.O_WRONLY | os.O_CREAT | os.O_EXCL)), os.path.exists('lock.json')); os.remove('lock.json'); os.close(fd); print(os.path.exists('lock.json'))"
    finish 15 6
}

@test "403: an explicit narrower mode is kept, and never more than the rule's granted, by any way" {
    idiom "O_CREAT with 0400" "fd = os.open(P, os.O_WRONLY | os.O_CREAT, 0o400); os.write(fd, b'x'); os.close(fd); print(oct(os.stat(P).st_mode))"
    idioms "O_CREAT with 0400, looked at before the close" "fd = os.open(P, os.O_WRONLY | os.O_CREAT, 0o400); print(oct(os.fstat(fd).st_mode)[-4:-2], oct(os.stat(P).st_mode)[-4:-2]); os.close(fd)"
    idiom "fchmod 0400" "f = open(P, 'w'); os.fchmod(f.fileno(), 0o400); f.close(); print(oct(os.stat(P).st_mode))"
    idiom "chmod 0200 by /proc/self/fd" "f = open(P, 'w'); os.chmod('/proc/self/fd/%d' % f.fileno(), 0o200); f.close(); print(oct(os.stat(P).st_mode))"
    idiom "chmod 0400 by /dev/fd" "f = open(P, 'w'); os.chmod('/dev/fd/%d' % f.fileno(), 0o400); f.close(); print(oct(os.stat(P).st_mode))"
    finish 6 1
}

@test "403: a rule's 0640 and an explicit 0600 give 0600; none gives 0640" {
    policy <<<$'[rule]\nmatch = *.json\nmode = 0640\ngroup = '"$(id -g)"
    act() {
        python 'f = open("a.json", "w"); os.fchmod(f.fileno(), 0o600); f.close()
f = open("b.json", "w"); os.chmod("b.json", 0o600); f.close()
os.close(os.open("c.json", os.O_WRONLY | os.O_CREAT, 0o600))
open("d.json", "w").close()
f = open("e.json", "w"); os.fchmod(f.fileno(), 0o666); f.close()
f = open("f.json", "w"); os.fchmod(f.fileno(), 0o600); os.dup2(f.fileno(), 1); os.execv("/bin/echo", ["echo", "x"])'
    }
    holds() {
        mode_is 600 a.json && mode_is 600 b.json && mode_is 600 c.json && mode_is 640 d.json &&
            mode_is 640 e.json && mode_is 600 f.json
    }
    both_ways
}

@test "403: without O_TMPFILE no way leads to a wider mode of the hidden name" {
    need_mounts
    [ -r /dev/fuse ] && command -v bindfs >/dev/null || skip "no FUSE here"
    act() {
        mkdir real mirror
        in_name_space "bindfs real mirror && cd mirror && trap 'cd ..; umount mirror' EXIT; true" "$PYTHON" -c "
import ctypes, os, struct
libc = ctypes.CDLL(None)
f = open('f.json', 'w'); fd = f.fileno()
def widest():
    return max(os.stat(n).st_mode & 0o77 for n in os.listdir('.'))
def ways():
    yield lambda: os.fchmod(fd, 0o644)
    yield lambda: os.chmod('f.json', 0o644)
    yield lambda: os.chmod('/proc/self/fd/%d' % fd, 0o644)
    yield lambda: os.chmod('/proc/%d/fd/%d' % (os.getpid(), fd), 0o644)
    yield lambda: os.chmod('/proc/thread-self/fd/%d' % fd, 0o644)
    yield lambda: os.chmod('/dev/fd/%d' % fd, 0o644)
    yield lambda: os.chmod(str(fd), 0o644, dir_fd=os.open('/proc/self/fd', os.O_RDONLY))
    yield lambda: libc.syscall(452, fd, b'', 0o644, 0x1000)
    yield lambda: libc.syscall(90, b'/proc/self/fd/%d' % fd, 0o644)
    yield lambda: libc.syscall(268, -100, b'/dev/fd/%d' % fd, 0o644)
    acl = struct.pack('<IHHIHHIHHIHHI', 2, 1, 6, 0xffffffff, 4, 4, 0xffffffff, 16, 4, 0xffffffff, 32, 4, 0xffffffff)
    yield lambda: os.setxattr(fd, 'system.posix_acl_access', acl)
    yield lambda: os.setxattr('f.json', 'system.posix_acl_access', acl)
    yield lambda: os.setxattr('/proc/self/fd/%d' % fd, 'system.posix_acl_access', acl)
said = []
for way in ways():
    try: way()
    except OSError: pass
    said.append(widest())
f.close()
print(len(said), max(said), oct(os.stat('f.json').st_mode & 0o777))" >said
    }
    holds() { cat said; content_is "13 0 0o600" said; }
    both_ways
}

secure_write() {
    python '
import contextlib, stat
@contextlib.contextmanager
def secure_write(path):
    flags = os.O_CREAT | os.O_WRONLY | os.O_TRUNC
    try: os.remove(path)
    except OSError: pass
    with os.fdopen(os.open(path, flags, 0o600), "w") as f:
        mode = stat.S_IMODE(os.stat(path).st_mode)
        if mode != 0o600: raise RuntimeError("permissions assignment failed: %o" % mode)
        yield f
with secure_write("f.json") as f: f.write("[]")
with secure_write("f.json") as f: f.write("[1]")
print(open("f.json").read())'
}

# As ansible's atomic_move: a temporary file beside, its owner, mode and times, then the name.
atomic_move() {
    python '
import shutil, tempfile
open("source", "w").write("[1]")
for _ in range(2):
    fd, name = tempfile.mkstemp(prefix=".ansible_tmp", suffix="f.json", dir=".")
    os.close(fd)
    shutil.copyfile("source", name)
    if os.path.exists("f.json"):
        s = os.stat("f.json"); os.chmod(name, s.st_mode & 0o777); os.chown(name, s.st_uid, s.st_gid)
    else:
        os.chmod(name, 0o600)
    os.utime(name, (1, 1))
    os.rename(name, "f.json")
print(open("f.json").read(), oct(os.stat("f.json").st_mode))'
}

git_under_everything() {
    local settings=("${settings[@]}")
    [ "$column" = without ] || settings+=("OWNERONLY_MATCH=$PWD/**:$PWD/*")
    subject git init -q repository && cd repository &&
        echo '[1]' >f.json && subject git add f.json &&
        GIT_AUTHOR_DATE="@1 +0000" GIT_COMMITTER_DATE="@1 +0000" subject git -c user.name=a -c user.email=b commit -qm first &&
        subject git mv f.json g.json && subject git status --short && subject git fsck --strict &&
        subject git config a.b c && subject git config a.b && subject git gc -q && subject git log --format=%T
    local status=$?
    cd ..
    # Its own stamps and the order of packs differ from run to run.
    rm -rf repository/.git
    return "$status"
}

over_their_own_files() {
    printf 'a\nb\nc\n' >xaa.json
    subject split -l 1 --additional-suffix=.json xaa.json x
    echo "split $?"
    cat xaa.json
    printf 'a\n' >f.json
    subject sh -c 'cat f.json >>f.json'
    echo "cat $?"
    cat f.json
    subject tar cf t.json f.json xaa.json t.json --exclude=nothing
    echo "tar $?"
    tar tf t.json
    rm -f t.json
    subject sh -c 'tar cf t.json *.json'
    tar tf t.json
    rm -f t.json
    subject cp f.json f.json
    echo "cp $?"
    subject sort -o f.json f.json
    subject dd if=f.json of=f.json conv=notrunc oflag=sync status=none
    echo "dd $?"
    subject dd if=f.json of=g.json oflag=append,sync conv=notrunc status=none
    cat f.json g.json
}

gnupg() {
    mkdir -m 700 home
    subject gpg --homedir home --batch --yes -o f.json --export nosuch
    echo "export of nothing: $?"
    ls
    echo text | subject gpg --homedir home --batch --yes --passphrase x --pinentry-mode loopback -o g.json --symmetric
    echo "symmetric: $?"
    gpg --homedir home --batch --passphrase x --pinentry-mode loopback -qd g.json 2>/dev/null
    gpgconf --homedir home --kill all
    rm -rf home g.json
}

logrotate_copytruncate() {
    printf 'one\ntwo\n' >f.json
    printf '%s/f.json {\n copytruncate\n rotate 2\n size 1\n nocompress\n}\n' "$PWD" >rotate
    chmod 644 rotate
    subject logrotate -f -s "$PWD/state" "$PWD/rotate"
    echo "$?"
    ls
    cat f.json f.json.1
    rm -f state rotate
}

@test "208: whole programs: secure_write, atomic_move, git, split, cat, tar, dd, gpg, logrotate" {
    [ -z "${OWNERONLY_PRELOAD_FIRST:-}" ] || skip "not with a sanitizer's run time"
    row "jupyter_core's secure_write" secure_write
    row "ansible's atomic_move" atomic_move
    row "git init, add, commit, mv, config, gc, everything protected" git_under_everything
    row "split, cat, tar, cp, sort and dd over their own files" over_their_own_files
    command -v gpg >/dev/null && row "gpg --yes -o" gnupg
    command -v logrotate >/dev/null && row "logrotate copytruncate" logrotate_copytruncate
    finish 4 2
}

@test "208 310: rename and link away of a document that is not whole fail, and it stays pending" {
    policy <<<$'[rule]\nmatch = *.json\ncontent = json'
    act() {
        echo '["old"]' >"old_$F"
        python 'for name in F, "old_" + F:
    f = open(name, "w"); f.write("[1,"); f.flush()
    for call in os.rename, os.link, lambda a, b: os.link("/proc/self/fd/%d" % f.fileno(), b, src_dir_fd=0, follow_symlinks=True):
        try: call(name, "moved")
        except OSError as e: print(errno.errorcode[e.errno])
    f.write("2]"); f.close()
    os.rename(name, "moved_" + name)
    print(open("moved_" + name).read())' >answer
    }
    holds() {
        [ "$(tr '\n' ' ' <answer)" = "EBADMSG EBADMSG EBADMSG [1,2] EBADMSG EBADMSG EBADMSG [1,2] " ] &&
            [ "$(ls -x -w 0)" = "answer  moved_$F  moved_old_$F" ] && mode_is 600 "moved_$F" &&
            [ "$(grep -c 'action=refuse result=EBADMSG reason="the content is not one whole' "$work/stderr")" = 6 ]
    }
    both_ways
}
