"""A power cut before every call of a write, and after the last: old or new, nothing else.

At each cut another program has just synced a file of its own: without that no file system writes
anything for seconds, and even a write without any sync would look safe.
SPDX-License-Identifier: Apache-2.0
"""

import dataclasses
import os
import subprocess

import errors
import scenarios
import verdict
import volumes

UNSAFE = "content = json\ndurability = none"


class Count:
    def __init__(self):
        self.cuts = self.new = self.bad = 0
        self.seen = set()


def _stop(stage, scenario, protected, directory, number):
    """The program, stopped before that call of its write; None if it has no such call."""
    command = [stage.step, "stop", str(number),
               *stage.command(scenario, directory, protected, log="stderr")]
    process = stage.start(scenario, command, directory)
    try:
        _, status = os.waitpid(process.pid, os.WUNTRACED)
    except BaseException:  # it would hold on to the volume
        process.kill()
        process.communicate()
        raise
    if os.WIFSTOPPED(status):
        return process
    process.communicate()
    return None


def _kind_of(content):
    if content is None:
        return "gone"
    if content == "":
        return "empty"
    return "NUL bytes" if "\0" in content else "torn"


def _look(scenario, path, count, must_be_new):
    content = verdict.content_of(path)
    found = [violation for violation in verdict.of_target(scenario, path)
             if violation.kind == "mode"]
    if content not in (scenario.old, scenario.new):
        found.append(_kind_of(content))
    if must_be_new and content != scenario.new:
        found.append("lost")
    found += verdict.of_residues(scenario, os.path.dirname(path), scenario.new)
    count.cuts += 1
    count.new += content == scenario.new
    count.bad += bool(found)
    count.seen.update(str(item) for item in found if isinstance(item, str))
    return found


def _cut_at(stage, volume, scenario, protected, number, count, must_be_new=False):
    directory = stage.prepare(scenario, volume.mountpoint)
    volume.sync()
    process = _stop(stage, scenario, protected, directory, number)
    if not process:
        raise RuntimeError(f"{scenario.name} has no call number {number}")
    try:
        volume.commit(f"{directory}/d")
        volume.cut()
    finally:
        process.kill()
        process.communicate()
    volume.recover()
    return _look(scenario, os.path.join(directory, "d", scenarios.TARGET), count, must_be_new)


def _cut_everywhere(stage, volume, scenario, protected, count, every=1):
    """The calls, and the one behind the last: the close that returned."""
    calls = errors.calls_of_write(stage, scenario, protected)
    for number in sorted({*range(1, len(calls) + 1, every), len(calls) + 1}):
        durable = number > len(calls) and "directory" in scenario.rule
        found = _cut_at(stage, volume, scenario, protected, number, count, durable)
        if found and protected and scenario.rule != UNSAFE:
            where = calls[number - 1] if number <= len(calls) else "the end"
            print(f"# {volume.kind.name}: {scenario.name}: cut before {where}: "
                  f"{[getattr(item, 'text', item) for item in found]}", flush=True)


def _on(stage, volume, chosen, every):
    """(holds, line) for one file system.  every: how many calls apart a sample's cuts are."""
    protected, unsafe, plain = Count(), Count(), Count()
    for scenario in chosen:
        sampled = "directory" in scenario.rule
        _cut_everywhere(stage, volume, scenario, True, protected, every if sampled else 1)
        if not sampled:
            relaxed = dataclasses.replace(scenario, rule=UNSAFE)
            _cut_everywhere(stage, volume, relaxed, True, unsafe, every)
            _cut_everywhere(stage, volume, scenario, False, plain, every)
    line = (f"power {volume.kind.name}: {protected.cuts} cuts, {protected.bad} violations, "
            f"{protected.new} new, {protected.cuts - protected.new} old; "
            f"with durability = none {unsafe.bad} of {unsafe.cuts} ({_join(unsafe)}), "
            f"without the library {plain.bad} of {plain.cuts} ({_join(plain)})")
    if not plain.seen | unsafe.seen:
        line += ": the controls show nothing, so this proves nothing"
    return protected.bad == 0 and bool(plain.seen | unsafe.seen), line


def _join(count):
    return ", ".join(sorted(count.seen)) or "none"


def run(stage):
    """(holds, line) for each file system.  Else a sample: every fourth call of what is slow."""
    names = ["fresh", "existing", "directory"]
    if stage.everything:
        names += ["append", "exclusive", "stdio"]
    private = os.geteuid() == 0 and volumes.own_mounts()
    for kind in volumes.KINDS:
        reason = volumes.why_not(kind) or (None if private else "no private mounts here")
        volume = None
        try:
            volume = None if reason else volumes.Volume(kind, stage.root)
        except subprocess.CalledProcessError as failure:
            reason = failure.stderr.strip().replace("\n", " ")
        if not volume:
            yield True, f"power {kind.name} # skip {reason}"
            continue
        try:
            yield _on(stage, volume, scenarios.by_name(names), 1 if stage.everything else 4)
        finally:
            volume.remove()
