"""What strace(1) wrote: the calls of one process, and which of them belong to the write.

SPDX-License-Identifier: Apache-2.0
"""

import re
from dataclasses import dataclass

BEGIN, END = "/begin", "/end"  # access(2) of these marks the write, in programs that can
TARGET = "client_api_config.json"

LINE = re.compile(r"^(\d+) +(\w+)\((.*)$")
# The first thing that both the library and a program without it do with the target.
FIRST_TOUCH = re.compile(r'"\.", \S*O_PATH|"' + re.escape(TARGET) + '"')


@dataclass(frozen=True)
class Call:
    name: str
    nth: int  # of its name, from 1: the `when=` of strace's inject
    arguments: str
    of_log: bool = False  # made to write the log

    def signature(self):
        """What it is about: enough to know it again in another run, where it may have failed."""
        about = 2 if re.search(r"at\d?$|statx$", self.name) and self.name != "fstat" else 1
        if self.name == "getrandom":
            about = 0
        return self.name, re.split(r"[,)]", re.sub(r"0x[0-9a-f]+", "#", self.arguments))[:about]

    def __str__(self):
        return f"{self.name}[{self.nth}]({self.arguments[:70]}"


def calls_of(text, directory):
    """All calls in the order of the trace; the case's own directory is written as @."""
    calls, counts, pids, log_fd = [], {}, set(), None
    for line in text.replace(directory, "@").splitlines():
        match = LINE.match(line)
        if not match:
            continue
        pid, name, arguments = match.groups()
        pids.add(pid)
        counts[name] = counts.get(name, 0) + 1
        opens_log = name == "openat" and '"@/log"' in arguments
        of_log = opens_log or bool(log_fd and re.match(rf"{log_fd}\b", arguments))
        if opens_log:
            answer = re.search(r"= (\d+)", arguments)
            log_fd = answer and answer.group(1)
        elif of_log and name == "close":
            log_fd = None
        # strace does not count the execve(2) that it made itself.
        nth = counts[name] - (name == "execve")
        calls.append(Call(name, nth, arguments, of_log))
    if len(pids) > 1:
        raise RuntimeError(f"more than one process: whose calls would be counted? {pids}")
    return calls


def of_the_write(calls):
    """From the open of the target to the end of the program, or to its marks."""
    marks = [i for i, call in enumerate(calls) if f'"{BEGIN}"' in call.arguments]
    first = marks[0] + 1 if marks else next(
        i for i, call in enumerate(calls)
        if call.name != "execve" and FIRST_TOUCH.search(call.arguments))
    ends = [i for i, call in enumerate(calls) if f'"{END}"' in call.arguments]
    return calls[first:ends[0] if ends else len(calls)]


def injected(text, directory):
    """The calls that strace says it tampered with."""
    lines = text.splitlines()
    marked = {i for i, line in enumerate(lines) if "(INJECTED" in line}
    found, at = [], -1
    for call in calls_of(text, directory):
        at = next(i for i in range(at + 1, len(lines)) if LINE.match(lines[i]))
        if at in marked:
            found.append(call)
    return found
