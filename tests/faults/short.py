"""Transfers that move less than was asked for: really less, by half the size or a limit on it.

SPDX-License-Identifier: Apache-2.0
"""

import errno
import os

import errors
import excuses
import verdict
from trace import BEGIN, Call
from verdict import Violation

TRANSFERS = {"read", "write", "pread64", "sendfile", "copy_file_range"}
LIMITS = (1, 1000, 4096, 8191, 9000)
IGNORE_SIGNAL = ["env", "--ignore-signal=XFSZ"]


def _is_marked(scenario):
    return any(BEGIN in word for word in scenario.program)


def cases(stage, scenario, protected):
    """(call, what happens to it, how)."""
    if not _is_marked(scenario):
        return
    for number, call in enumerate(errors.calls_of_write(stage, scenario, protected), 1):
        moves = call.arguments.rpartition("= ")[2].strip()
        if call.name in TRANSFERS and not call.of_log and not excuses.is_of_loader(call) and \
                moves.isdigit() and int(moves) > 1:
            yield call, "short", [stage.step, "short", str(number)]
    for limit in LIMITS:
        yield (Call("write", 0, f"RLIMIT_FSIZE {limit})"), "EFBIG",
               ["prlimit", f"--fsize={limit}", *IGNORE_SIGNAL])


def run_case(stage, scenario, protected, case):
    call, name, before = case
    # A limit on the size of files is one on the log as well.
    outcome = stage.run(scenario, protected, before, log="file" if name == "short" else "stderr")
    return outcome, list(_judge(scenario, outcome, name))


def _judge(scenario, outcome, name):
    published = verdict.is_published(scenario, outcome.target)
    error = verdict.error_of(scenario, outcome)
    yield from verdict.of_target(scenario, outcome.target)
    yield from verdict.of_residues(scenario, os.path.dirname(outcome.target))
    if verdict.leaked(scenario, outcome):
        yield Violation("leak", f"descriptors are left: {verdict.leaked(scenario, outcome)}")
    if not published and error == 0:
        yield Violation("silent", "the program was told that all went well")
    if name == "short" and scenario.refused:
        if error != errno.EBADMSG:
            yield Violation("errno", f"it is refused for another reason: {error}")
    elif name == "short" and (error != 0 or not published):
        yield Violation("errno", f"what was short was not completed: {outcome.out}{outcome.err}")


def describe(case):
    return f"{case[1]} at {case[0]}"


def pair(case):
    return case[0].name, case[1]
