"""SIGKILL before every call of a write, and what the next write finds.

SPDX-License-Identifier: Apache-2.0
"""

import dataclasses
import os

import errors
import scenarios
import verdict
from verdict import Violation


def cases(stage, scenario, protected):
    """(call, which it is of the write)"""
    for number, call in enumerate(errors.calls_of_write(stage, scenario, protected), 1):
        if call.name != "exit_group":
            yield call, number


def _clean_up(stage, scenario, directory, protected):
    """The next write of the target succeeds, and takes away what the dead one left (206)."""
    again = dataclasses.replace(
        scenario, says=True, guest=False, program=scenarios.python(scenarios.WRITE, "w"),
        new=scenarios.NEW, refused=False)
    if scenario.appends:
        before = verdict.content_of(os.path.join(directory, "d", scenarios.TARGET)) or ""
        again = dataclasses.replace(
            again, program=scenarios.python(scenarios.WRITE, "a"), new=before + scenarios.NEW)
    outcome = stage.run(again, protected, [], directory)
    if not verdict.is_published(again, outcome.target) or verdict.error_of(again, outcome) != 0:
        yield Violation("stuck", f"the next write fails: {outcome.out} {outcome.err}")
    yield from verdict.of_residues(scenario, os.path.dirname(outcome.target))


def _kill(stage, scenario, protected, case):
    """(outcome, was it killed?)"""
    call, number = case
    if scenario.guest:
        # By what reaps it as a guest of the same file.
        outcome = stage.run(scenario, protected, [stage.step, "kill", str(number)])
        return outcome, outcome.status == 128 + 9
    outcome = stage.trace(scenario, protected, "-e",
                          f"inject={call.name}:signal=SIGKILL:when={call.nth}")
    return outcome, outcome.status == -9


def run_case(stage, scenario, protected, case):
    for _ in range(errors.TRIES):
        outcome, killed = _kill(stage, scenario, protected, case)
        if killed:
            break
    else:
        return outcome, [Violation("missed", f"it was not killed: {outcome.status}")]
    found = list(verdict.of_target(scenario, outcome.target))
    # Without O_TMPFILE the hidden name is there from the first byte on (202, 311).
    complete = "" if scenario.without_tmpfile or scenario.early else scenario.new
    if scenario.refused and not scenario.without_tmpfile:
        complete = None  # it is refused before it gets any name
    if scenario.appends:
        complete = scenario.old or ""  # the owner-only copy of what is there
    found += verdict.of_residues(scenario, os.path.dirname(outcome.target), complete)
    found += _clean_up(stage, scenario, outcome.directory, protected)
    return outcome, found


def describe(case):
    return f"SIGKILL at {case[0]}"


def pair(case):
    return case[0].name, "SIGKILL"
