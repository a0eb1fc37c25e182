"""What must hold after a write that went wrong, whatever went wrong: promises 1, 3 and 4.

SPDX-License-Identifier: Apache-2.0
"""

import errno
import os
import re
import stat
from dataclasses import dataclass

UNKNOWN = -1  # an error that the program does not name


@dataclass(frozen=True)
class Violation:
    kind: str
    text: str
    empty: bool = False


def content_of(path):
    try:
        with open(path, errors="replace") as file:
            return file.read()
    except FileNotFoundError:
        return None
    except PermissionError as error:
        return str(error)


def is_narrow(path, mode):
    """A regular file that grants no more than mode, and its owner something."""
    status = os.lstat(path)
    return stat.S_ISREG(status.st_mode) and status.st_mode & 0o7777 & ~mode == 0 and \
        status.st_mode & stat.S_IRUSR and "system.posix_acl_access" not in os.listxattr(path)


def residues(directory):
    return [name for name in os.listdir(directory) if name.startswith(".owneronly-")]


def is_published(scenario, path):
    return content_of(path) == scenario.new


def _is_added_to(scenario, content):
    """Nothing lost, and nothing but the beginning of what was to be added."""
    return scenario.appends and content is not None and \
        content.startswith(scenario.old or "") and scenario.new.startswith(content)


def works(scenario, path, protected):
    """What must hold when nothing goes wrong."""
    refused = scenario.refused and protected
    return content_of(path) == (scenario.old if refused else scenario.new)


def of_target(scenario, path):
    """Old or complete new, and the new one owner-only; only old, if the new one is refused."""
    content = content_of(path)
    if content != scenario.old and content is not None and not is_narrow(path, scenario.mode):
        yield Violation("mode", f"the new file has mode {os.lstat(path).st_mode & 0o7777:o}")
    good = (scenario.old,) if scenario.refused else (scenario.old, scenario.new)
    if content not in good and not _is_added_to(scenario, content):
        size = "nothing" if content is None else f"{len(content)} bytes"
        yield Violation("torn", f"not {'the old' if scenario.refused else 'the old or the new'} file: {size}", content == "")


def of_residues(scenario, directory, complete=None):
    """complete: what a residue must contain, "" for anything; None if none may be there."""
    left = residues(directory)
    if complete is None and left:
        yield Violation("residue", f"left behind: {left}")
    if len(left) > 1:
        yield Violation("residue", f"more than one is left: {left}")
    for name in left:
        path = os.path.join(directory, name)
        if not is_narrow(path, scenario.mode):
            yield Violation("mode", f"{name} has mode {os.lstat(path).st_mode & 0o7777:o}")
        if complete and content_of(path) != complete:
            yield Violation("residue", f"{name} is not complete")


def error_of(scenario, outcome):
    """The errno that the program ended with, 0 for success, UNKNOWN if it does not say which."""
    if scenario.says and re.match(r"-?\d+\b", outcome.out):
        return int(outcome.out.split()[0])
    if outcome.status == 0:
        return 0
    if "memory exhausted" in outcome.err:
        return errno.ENOMEM
    said = "\n".join(line for line in outcome.err.splitlines() if "owneronly:" not in line)
    found = [number for number in errno.errorcode if os.strerror(number) in said]
    # One text can contain another's: the longest is meant.
    return max(found, key=lambda number: len(os.strerror(number)), default=UNKNOWN)


def leaked(scenario, outcome):
    return outcome.out.split()[1:] if scenario.says else []
