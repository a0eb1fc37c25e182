"""What looks like a violation and is none, and why: exceptions of the contract and of the injector.

Each excused case is counted and shown, so that an excuse that grows is seen.
SPDX-License-Identifier: Apache-2.0
"""

import errno
import re

import verdict

# The library's own calls, none of which the programs make: what happens to them is its to tell.
OF_LIBRARY = re.compile(
    r"(statx|linkat|faccessat2|openat2|memfd_create|fremovexattr|getxattr|flock|fsync|pread64|"
    r"sendfile|fchmod|fchmodat|unlinkat|readlinkat|madvise)\(|ftruncate\(\d+, 0\)|openat\((9[67]\d,|.*O_PATH\|O_DIRECTORY)|"
    r"fcntl\(.*(DUPFD_CLOEXEC, 9|LEASE|SETFL)|ioctl\(.*FICLONE|"
    r"renameat2\(9[67]\d,|mmap\(.*NORESERVE")
# What ld.so(8) reads of libraries.
OF_LOADER = re.compile(r'pread64\(\d+, "\\6')
# A plain open of the path would have failed in the same way.
AS_PLAIN_OPEN = re.compile(r'(openat|readlinkat|faccessat2)\(|statx\(9[67]\d, "[^"]')


def is_of_library(call):
    return OF_LIBRARY.match(f"{call.name}({call.arguments}") is not None


def is_of_loader(call):
    return OF_LOADER.match(f"{call.name}({call.arguments}") is not None


def must_be_logged(scenario, call):
    """A refusal of the library's own making, and not the log itself that failed."""
    text = f"{call.name}({call.arguments}"
    return (is_of_library(call) and not call.of_log and not AS_PLAIN_OPEN.match(text) and
            not is_of_loader(call))


def allowed_errors(scenario, call, name, outcome):
    """What the program may get: the error itself, or what the contract says instead."""
    allowed = {getattr(errno, name)}
    if not is_of_library(call):
        allowed.add(errno.EBADMSG)  # 310: the program gave up, and then closed the file
        allowed.add(errno.EIO)  # 309: of a stream, whose errno nobody saw
    elif name == "EINTR" and call.name != "openat":
        allowed = set()  # close(2) that says EINTR counts as done: glib, POSIX's posix_close()
    if scenario.in_place and call.name in ("statx", "openat"):
        allowed.add(errno.EACCES)  # 110: why no new file can be made, which the log says
    if scenario.name == "widened" and call.name == "fchmod" and call.nth == 1:
        allowed.add(errno.EBADMSG)  # 310: of the program's own chmod(2); it closed an empty file
    if scenario.arrives:
        allowed.add(errno.EPERM)  # 401
    if scenario.program[0] in ("bash", "perl"):
        allowed.add(errno.ESTALE)  # 201: the next image could not find the directory again
        # 502, and ld.so(8): the next image did not start, and said why.
        allowed |= {verdict.UNKNOWN} if outcome.status in (125, 126, 127, -11) else set()
    if call.name == "execve":
        allowed.add(verdict.UNKNOWN)  # it is a shell's turn, in its own words
    if call.name == "lseek":
        allowed.add(verdict.UNKNOWN)  # Python's own exception, which has no errno
    if name == "ENOENT":
        # A lie: the file is there; so the next call, or the content, says what is wrong.
        allowed |= {errno.EBADMSG, errno.EACCES, errno.EEXIST, errno.ESTALE}
    if scenario.refused:
        allowed.add(errno.EBADMSG)  # 310: why it is, whatever else happens
    if call.name in ("mmap", "brk"):
        allowed.add(errno.ENOMEM)  # there is one word for it
    return allowed


WRITES = {"write", "fsync"}  # 309


def excuse(scenario, case, violation, outcome):
    """Why this violation is none, or None.  case: a call, and the name of an error or a number."""
    call = case[0]
    name = case[1] if isinstance(case[1], str) else None
    text = f"{call.name}({call.arguments}"
    one_leaks = violation.kind == "leak" and len(verdict.leaked(scenario, outcome)) == 1
    if one_leaks and call.name == "close":
        return "the injected close(2) was never run, so its descriptor is still open"
    if violation.kind == "leak" and call.name == "munmap":
        return "the injected munmap(2) was never run, so what is mapped is still pending"
    if one_leaks and re.match(r'statx\(9[67]\d, ""', text):
        return "201: a descriptor that can't be examined may be the program's own: it is not closed"
    if violation.kind == "residue" and scenario.refused and re.match(r'statx\(9[67]\d, ""', text):
        return "201: nothing is removed by a descriptor that may be the program's own; 206"
    if violation.kind == "residue" and call.name == "unlinkat":
        return "206: the removal itself failed; the next write removes it"
    if violation.kind == "torn" and scenario.in_place and not (name and is_of_library(call)):
        return "110: in-place is not atomic, and the log says so"
    if violation.kind == "torn" and scenario.early and not (name and is_of_library(call)):
        return "311: what is published at open is written in place"
    if violation.kind == "torn" and "json" not in scenario.rule and name and \
            not is_of_library(call) and call.name not in WRITES:
        return "310: without content = json, a program that gives up and closes is believed"
    if violation.kind == "torn" and scenario.old is None and violation.empty:
        return "310: an empty file over an absent one passes: the program gave up and closed it"
    if violation.kind == "silent" and "cannot be preloaded" in outcome.err:
        return "304: ld.so could not load the library into the next image, and said so"
    return None
