"""Whose hidden name a write may remove: that of a dead process of the same user, and no other (206).

SPDX-License-Identifier: Apache-2.0
"""

import fcntl
import os
import re

import scenarios
import verdict
from subject import NOBODY

PRECIOUS = "precious"


def _hidden_name(stage, scenario):
    outcome = stage.trace(scenario, True)
    return re.search(r'linkat\(.*"(\.owneronly-[\w-]+-0)"', outcome.trace).group(1)


def _plant(path):
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    os.write(fd, PRECIOUS.encode())
    return fd


def _dead(path):
    os.close(_plant(path))


def _foreign(path):
    os.close(_plant(path))
    os.chown(path, NOBODY, NOBODY)


def _live(path):
    fd = _plant(path)
    fcntl.flock(fd, fcntl.LOCK_EX)
    return fd


def _linked(path):
    os.close(_plant(path + ".victim"))
    os.symlink(path + ".victim", path)


def _is_right(stage, scenario, protected, plant, name, stays):
    """The write succeeds, and afterwards the name stands there, or does not."""
    directory = stage.prepare(scenario)
    path = os.path.join(directory, "d", name)
    held = plant(path)
    outcome = stage.run(scenario, protected, [], directory)
    if held is not None:
        os.close(held)
    there = os.path.lexists(path)
    kept = verdict.content_of(path) == PRECIOUS if there else not stays
    return (verdict.is_published(scenario, outcome.target) and there == stays and kept and
            verdict.is_narrow(outcome.target, scenario.mode))


def run(stage):
    """(holds, line)"""
    cases = {"dead": (_dead, False), "live": (_live, True), "linked": (_linked, True)}
    if os.geteuid() == 0:
        cases["foreign"] = (_foreign, True)
    wrong, control = [], []
    for scenario in scenarios.by_name(["existing", "no-tmpfile"]):
        name = _hidden_name(stage, scenarios.by_name(["existing"])[0])
        for case, (plant, stays) in cases.items():
            for protected, found in ((True, wrong), (False, control)):
                if not _is_right(stage, scenario, protected, plant, name, stays):
                    found.append(f"{scenario.name} {case}")
    skipped = "" if "foreign" in cases else " (not foreign: needs root)"
    line = (f"residues: {len(cases) * 2} cases{skipped}, {len(wrong)} violations {wrong or ''}; "
            f"without the library {len(control)} violations")
    return not wrong and bool(control), line
