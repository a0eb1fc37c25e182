"""Runs the cases of a group for its scenarios, with the library and without, and sums up.

SPDX-License-Identifier: Apache-2.0
"""

import collections
import os
from concurrent.futures import ThreadPoolExecutor

import excuses

# A control that shows none of these says nothing about "old or new".
CONTENT = "torn"


class Tally:
    def __init__(self):
        self.cases = 0
        self.failed = 0  # cases with a violation
        self.kinds = collections.Counter()
        self.excused = collections.Counter()
        self.pairs = set()

    def violations(self):
        kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(self.kinds.items()))
        return f"{self.failed} violations" + (f" ({kinds})" if kinds else "")


def _run(stage, group, scenarios, protected):
    """Every case of every scenario; what is wrong with a protected one is told."""
    tally = Tally()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for scenario in scenarios:
            cases = stage.some_of(list(group.cases(stage, scenario, protected)))
            tally.cases += len(cases)
            tally.pairs.update(group.pair(case) for case in cases)
            answers = pool.map(lambda case, scenario=scenario:
                               group.run_case(stage, scenario, protected, case), cases)
            for case, (outcome, violations) in zip(cases, answers):
                _count(group, scenario, case, outcome, violations, protected, tally)
    return tally


def _count(group, scenario, case, outcome, violations, protected, tally):
    found = []
    for violation in violations:
        reason = excuses.excuse(scenario, case, violation, outcome) if protected else None
        if reason:
            tally.excused[reason] += 1
        else:
            found.append(violation)
    tally.failed += bool(found)
    tally.kinds.update({violation.kind for violation in found})
    if protected:
        for violation in found:
            print(f"# {scenario.name}: {group.describe(case)}: {violation.kind}: {violation.text}",
                  flush=True)


def both(stage, name, group, scenarios):
    """(holds with the library and fails without, one line)"""
    protected = _run(stage, group, scenarios, True)
    control = _run(stage, group, scenarios, False)
    for reason, count in sorted(protected.excused.items()):
        print(f"# excused {count}: {reason}")
    line = (f"{name}: {protected.cases} cases, {protected.violations()}, "
            f"{sum(protected.excused.values())} excused, {len(protected.pairs)} distinct pairs; "
            f"without the library {control.cases} cases, {control.violations()}")
    proves = control.kinds[CONTENT] > 0
    if not proves:
        line += ": the control shows no torn file, so this proves nothing"
    return protected.failed == 0 and proves, line
