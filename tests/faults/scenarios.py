"""The ways of one write to a protected name, each with a program that nobody here wrote.

The content is one JSON value that is whole only with its last byte, and the rule says so: a program
that gives up half-way still closes its file like a successful one (310).
SPDX-License-Identifier: Apache-2.0
"""

import os
from dataclasses import dataclass

from trace import BEGIN, TARGET

# Says the error that the write ended with, and the descriptors that are left of it.
PRELUDE = """
IMPORTS
path, mode, text = sys.argv[1:4]
parts = [text[i:i + 3500] for i in range(0, len(text), 3500)]
before = set(posix.listdir("/proc/self/fd"))
error = 0
posix.access("/begin", 0)
try:
    BODY
except OSError as e:
    error = e.errno or -1
except MemoryError:
    error = 12
posix.access("/end", 0)
print(error, *sorted(set(posix.listdir("/proc/self/fd")) - before))
sys.exit(error != 0)
"""

WRITE = PRELUDE.replace("IMPORTS", "import posix, sys").replace("BODY", """
    with open(path, mode, buffering=4096) as file:
        for part in parts: file.write(part)
""")

# Past the library's fchmod(2): by the descriptor's own path.
WIDEN = WRITE.replace("        for part in parts", """\
        posix.chmod(f"/proc/self/fd/{file.fileno()}", 0o666)
        for part in parts""")

# An append that joins what is pending already (209).
AGAIN = PRELUDE.replace("IMPORTS", "import posix, sys").replace("BODY", """
    first = open(path, "w", buffering=4096)
    try:
        first.write(parts[0])
        first.flush()
        with open(path, mode, buffering=4096) as file:
            for part in parts[1:]: file.write(part)
    except OSError:
        try: first.close()
        except OSError: pass
        raise
    first.close()
""")

# Written through a mapping, behind the last descriptor: munmap(2) is what ends it.
MAPPING = PRELUDE.replace("IMPORTS", """
import ctypes, posix, sys
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
""").replace("BODY", """
    fd = posix.open(path, posix.O_RDWR | posix.O_CREAT | posix.O_TRUNC)
    at = none = ctypes.c_void_p(-1).value
    try:
        posix.ftruncate(fd, len(text))
        at = libc.mmap(None, len(text), 3, 1, fd, 0)
        if at == none: raise OSError(ctypes.get_errno(), "mmap")
        closing, fd = fd, None
        posix.close(closing)
        ctypes.memmove(at, text.encode(), len(text))
        closing, at = at, none
        if libc.munmap(closing, len(text)) != 0: raise OSError(ctypes.get_errno(), "munmap")
    except OSError:
        try:
            if fd is not None: posix.close(fd)
        except OSError: pass
        if at != none: libc.munmap(at, len(text))
        raise
""")

# Its standard output is what another process opened; it says the error there where that one wrote.
GUEST = PRELUDE.replace("IMPORTS", "import posix, sys").replace("BODY", """
    with open(1, mode, buffering=4096, closefd=False) as file:
        for part in parts: file.write(part)
""").replace("- before))", "- before), file=open(3, 'w'))")

# What C programs do: the fopen(3) and fclose(3) of libc.
STDIO = PRELUDE.replace("IMPORTS", """
import ctypes, posix, sys
libc = ctypes.CDLL(None, use_errno=True)
libc.fopen.restype = ctypes.c_void_p
libc.fclose.argtypes = [ctypes.c_void_p]
libc.fputs.argtypes = [ctypes.c_char_p, ctypes.c_void_p]
""").replace("BODY", """
    file = libc.fopen(path.encode(), mode.encode())
    if not file: raise OSError(ctypes.get_errno(), "fopen")
    error = 0
    for part in parts:
        if libc.fputs(part.encode(), file) < 0: error = error or ctypes.get_errno()
    if libc.fclose(file) != 0: error = error or ctypes.get_errno()
""")

# Looks for cat in $PATH, as execvp(3).
EXECUTE = f"""
-e "{BEGIN}";
open STDOUT, ">", $ARGV[0] or die $!;
exec "cat", "in" or die $!;
"""

OLD = '["' + "o" * 3000 + '"]\n'
NEW = '["' + "n" * 9000 + '"]\n'
BROKEN = NEW.rstrip("]\n")
# One JSON value only together.
HEAD = '["' + "o" * 3000 + '",\n'
TAIL = '"' + "n" * 9000 + '"]\n'


@dataclass(frozen=True)
class Scenario:
    name: str
    program: tuple
    old: str = OLD  # None: nothing stands there
    new: str = NEW
    rule: str = "content = json"
    source: str = None  # the content of a file `in`
    old_mode: int = 0o644
    appends: bool = False  # to the file itself (112): what is there can be longer than the old one
    guest: bool = False  # the program is traced, and bash opens the file for it (306)
    says: bool = False  # prints error and leaked descriptors
    mode: int = 0o600  # the rule's
    in_place: bool = False  # where neither root nor the owner can replace the file (110)
    early: bool = False  # published at open (311), and written then
    linked: bool = False  # the name is a symbolic link into another directory
    arrives: bool = False  # by rename(2): `in` becomes the target
    refused: bool = False  # by its content (310), if nothing goes wrong: what stands there stands
    without_tmpfile: bool = False  # as on a file system without O_TMPFILE and RENAME_NOREPLACE


def python(script, mode, text=NEW):
    return ("/usr/bin/python3", "-s", "-S", "-c", script, TARGET, mode, text)


SCENARIOS = [
    Scenario("fresh", python(WRITE, "w"), old=None, says=True),
    Scenario("existing", python(WRITE, "w"), says=True),
    Scenario("append", python(WRITE, "a", TAIL), old=HEAD, new=HEAD + TAIL, says=True),
    Scenario("append-tight", python(WRITE, "a", TAIL), old=HEAD, new=HEAD + TAIL, says=True,
             rule="content = any", old_mode=0o600, appends=True),
    Scenario("append-wide", python(WRITE, "a", TAIL), old=HEAD, new=HEAD + TAIL, says=True,
             rule="content = any", appends=True),
    Scenario("append-fresh", python(WRITE, "a"), old=None, says=True, rule="content = any",
             appends=True),
    Scenario("update", python(WRITE, "r+"), says=True),
    Scenario("follow", python(WRITE, "w"), says=True, linked=True,
             rule="content = json\nsymlink = follow"),
    Scenario("mapping", python(MAPPING, "w"), says=True),
    Scenario("guest", python(GUEST, "w"), says=True, guest=True, rule="content = any"),
    Scenario("exclusive", python(WRITE, "x"), old=None, says=True),
    Scenario("again", python(AGAIN, "a"), says=True),
    Scenario("stdio", python(STDIO, "w"), says=True),
    Scenario("tee", ("tee", TARGET), source=NEW),
    Scenario("cp", ("cp", "-p", "in", TARGET), source=NEW),
    Scenario("exec", ("bash", "-c", f"[ -e {BEGIN} ]; exec cat in > {TARGET}"), source=NEW),
    Scenario("exec-path", ("perl", "-e", EXECUTE, TARGET), source=NEW),
    Scenario("rename", ("mv", "in", TARGET), source=NEW, arrives=True),
    Scenario("no-tmpfile", python(WRITE, "w"), says=True, without_tmpfile=True),
    Scenario("no-tmpfile-exclusive", python(WRITE, "x"), old=None, says=True,
             without_tmpfile=True),
    Scenario("in-place", python(WRITE, "w"), says=True, in_place=True, rule="in-place = allow"),
    Scenario("widened", python(WIDEN, "w"), says=True),
    Scenario("directory", python(WRITE, "w"), says=True,
             rule="content = json\ndurability = directory"),
    Scenario("refused", python(WRITE, "w", BROKEN), new=BROKEN, says=True, refused=True),
    Scenario("refused-no-tmpfile", python(WRITE, "w", BROKEN), new=BROKEN, says=True, refused=True,
             without_tmpfile=True),
]
# For the long form: other rules.
VARIANTS = [
    Scenario("any", python(WRITE, "w"), says=True, rule="content = any"),
    Scenario("any-stdio", python(STDIO, "w"), says=True, rule="content = any"),
    Scenario("group", python(WRITE, "w"), says=True, mode=0o640,
             rule=f"content = json\nmode = 0640\ngroup = {os.getegid()}"),
    Scenario("publish-open", python(WRITE, "w"), says=True, early=True, rule="publish = open"),
]


def by_name(names, everything=True):
    """Those of the names, or all."""
    known = SCENARIOS + (VARIANTS if everything else [])
    return [scenario for scenario in known if not names or scenario.name in names]
