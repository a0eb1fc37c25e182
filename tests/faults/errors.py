"""An error at every call: each system call of a write fails once with each error that it can give.

SPDX-License-Identifier: Apache-2.0
"""

import errno
import os

import errnos
import excuses
import trace
import verdict
from verdict import Violation

TRIES = 5  # to hit the very call that is meant


def calls_of_write(stage, scenario, protected):
    outcome = stage.trace(scenario, protected)
    if not verdict.works(scenario, outcome.target, protected):
        raise RuntimeError(f"{scenario.name} does not work even without a fault: {outcome}")
    return trace.of_the_write(trace.calls_of(outcome.trace, outcome.directory))


def cases(stage, scenario, protected):
    """All; in the short form the loader of a next image meets each call's likeliest error only."""
    loading = False
    for call in calls_of_write(stage, scenario, protected):
        loading = not stage.everything and (loading or call.name == "execve") and \
            '"@/policy"' not in call.arguments
        for name in errnos.possible(call)[:1 if loading and call.name != "execve" else None]:
            yield call, name


def _says(outcome, error, allowed):
    """One line about the refusal: in the log, or on standard error where there is no log yet."""
    names = {errno.errorcode[number] for number in allowed if number in errno.errorcode}
    return f"result={errno.errorcode.get(error)}" in outcome.log or \
        any(line.startswith("owneronly: ") and line.split()[-1] in names
            for line in outcome.err.splitlines())


def judge(scenario, outcome, call, name, protected):
    """All that is wrong after `call` failed with the error `name`."""
    published = verdict.is_published(scenario, outcome.target)
    error = verdict.error_of(scenario, outcome)
    allowed = excuses.allowed_errors(scenario, call, name, outcome)
    yield from verdict.of_target(scenario, outcome.target)
    yield from verdict.of_residues(scenario, os.path.dirname(outcome.target))
    if not published and error == 0:
        yield Violation("silent", "the program was told that all went well")
    if not published and error not in {0} | allowed:
        yield Violation("errno", f"the program got {errno.errorcode.get(error, error)}")
    if verdict.leaked(scenario, outcome):
        yield Violation("leak", f"descriptors are left: {verdict.leaked(scenario, outcome)}")
    if not protected:
        return
    if call.of_log and error != (errno.EBADMSG if scenario.refused else 0):
        yield Violation("log", "a log that can't be written stops the write")
    if not published and excuses.must_be_logged(scenario, call) and \
            not _says(outcome, error, allowed):
        yield Violation("log", f"no line says so: {outcome.log!r}")


def run_case(stage, scenario, protected, case):
    call, name = case
    # Where things lie in memory is random, and so, rarely, is the number of a call.
    for _ in range(TRIES):
        outcome = stage.trace(scenario, protected, "-e",
                              f"inject={call.name}:error={name}:when={call.nth}")
        hit = trace.injected(outcome.trace, outcome.directory)
        if [c.signature() for c in hit] == [call.signature()]:
            return outcome, list(judge(scenario, outcome, call, name, protected))
    return outcome, [Violation("missed", f"another call was hit: {[str(c) for c in hit]}")]


def describe(case):
    return f"{case[1]} at {case[0]}"


def pair(case):
    return case[0].name, case[1]
