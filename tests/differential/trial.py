"""One situation: what a plain open says, what explain says, and what the library really does.

Each is asked in an arrangement of its own, so that none finds what another one did.

SPDX-License-Identifier: Apache-2.0
"""

import errno
import os
import re
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass, field

from arrange import Arrangement, Impossible

PAYLOAD = b'{"k": 1}'
BLOCKED = -1  # no errno: killed by its alarm

KEYS = ("symlink", "in-place", "append", "group", "durability", "content", "publish", "mode")


@dataclass
class Facts:
    plain: int  # errno of the plain open, 0: granted
    replace: int  # errno of a native replacement of the name, or of the link's target
    tighten: int  # errno of giving the file that stands there the rule's mode and group, or None
    sync: int  # errno of a native fsync of the directory, or None
    foretold: object = None  # errno, 0, or None: left alone
    foretold_words: str = ""
    said: str = ""
    opened: int = 0
    closed: int = 0
    log: str = ""
    before: object = None  # what stood there, in the library's arrangement
    after: object = None
    content: bytes = b""
    target: object = None  # what a link leads to, before
    problems: list = field(default_factory=list)


class Stage:
    def __init__(self, build, places, trusted):
        self.places = places
        self.root = places.root
        self.trusted = trusted  # a directory for policies
        self.library = self._install(build, "lib/owneronly/libowneronly.so")
        self.inspect = self._install(build, "libexec/owneronly/owneronly-inspect")
        self.attempt = self._install(build, "tests/differential/attempt")
        self.policies = {}

    def _install(self, build, path):
        copy = os.path.join(self.root, os.path.basename(path))
        shutil.copy(os.path.join(build, path), copy)
        os.chmod(copy, 0o755)
        return copy

    def policy(self, situation):
        """A file with the situation's rule, which its caller trusts."""
        values = {key: situation.rule[key] for key in KEYS if situation.rule[key] is not None}
        values["mode"] = f"{situation.mode:04o}"
        text = "[r]\nmatch = name.json nnn*\n" + "".join(
            f"{key} = {value}\n" for key, value in values.items())
        key = (text, situation.caller.uid)
        if key not in self.policies:
            fd, path = tempfile.mkstemp(prefix="policy.", dir=self.trusted)
            with os.fdopen(fd, "w") as file:
                file.write(text)
            if os.geteuid() == 0:
                os.chown(path, situation.caller.uid, 0)
            os.chmod(path, 0o644)
            self.policies[key] = path
        return self.policies[key]

    @staticmethod
    def run(situation, *command, environment=()):
        """The variables are set last: they are not for what makes the caller."""
        env = ("env", *environment) if environment else ()
        return subprocess.run([*situation.caller.prefix, *env, *command], cwd="/",
                              capture_output=True, text=True, errors="backslashreplace")

    def ask(self, situation, how, path, *arguments, environment=()):
        run = self.run(situation, self.attempt, how, path, *arguments, environment=environment)
        if re.fullmatch(r"\d+ \d+\n", run.stdout):
            granted, closed = map(int, run.stdout.split())
            return granted, closed, run.stderr
        if run.returncode in (-14, 142):
            return BLOCKED, 0, run.stderr
        raise RuntimeError(f"{how}: status {run.returncode}: {run.stdout}{run.stderr}")


def _steps(situation):
    """What the kernel has to be asked about to know what the library can do."""
    yield situation.how
    yield "replace"
    if situation.rule["in-place"] != "refuse":
        yield "tighten"
    if situation.rule["durability"] == "directory":
        yield "sync"


def _native(stage, situation, base):
    """What the kernel says of the steps, each alone."""
    answers = {"tighten": None, "sync": None}
    for how in _steps(situation):
        arrangement = Arrangement(situation, f"{base}.{how}", stage.attempt)
        try:
            path = arrangement.path
            arrangement.target()  # must not lead out of there
            if situation.rule["symlink"] == "follow" and how != situation.how:
                path = arrangement.target()
            arguments = ()
            if how in ("replace", "tighten"):
                group = situation.rule["group"]
                arguments = (f"{situation.mode:o}", str(-1 if group is None else group))
            answers[how] = stage.ask(situation, how, path, *arguments)[0]
        finally:
            arrangement.remove()
    return Facts(answers[situation.how], answers["replace"], answers["tighten"], answers["sync"])


def _foretell(stage, situation, arrangement, facts, policy):
    before = arrangement.snapshot()
    run = stage.run(situation, stage.inspect, stage.library, "explain", arrangement.path,
                    environment=[f"OWNERONLY_POLICY={policy}"])
    facts.said = run.stdout + run.stderr
    after = arrangement.snapshot()
    if after != before:
        facts.problems.append(f"explain altered {_difference(before, after)}")
    # To empty a file is to rewrite it, however it is opened.
    kind = "rewrite" if situation.how == "truncate" else situation.how
    line = re.search(rf"^  {kind}: (.*)", run.stdout, re.MULTILINE)
    if line:
        facts.foretold_words = line[1]
        refused = re.match(r"refused with ([A-Z]+),", line[1])
        facts.foretold = _errno(refused[1]) if refused else 0
    elif "left alone" not in run.stdout:
        # A path that leads nowhere is told so, with its errno.
        error = re.search(r"^owneronly explain: .*: ([A-Z]+), ", run.stderr, re.MULTILINE)
        if error:
            facts.foretold = _errno(error[1])
        else:
            facts.problems.append(f"explain says nothing of it, status {run.returncode}")


def _errno(name):
    return getattr(errno, name)


def _difference(before, after):
    return ", ".join(f"{name}: {before.get(name)} -> {after.get(name)}"
                     for name in sorted({*before, *after}) if before.get(name) != after.get(name))


def _really(stage, situation, arrangement, facts, policy):
    facts.before = arrangement.at()
    target = arrangement.target()
    facts.target = os.lstat(target) if os.path.lexists(target) else None
    follows = situation.rule["symlink"] == "follow"
    spared = target if follows else arrangement.path
    before = arrangement.snapshot(times=False, but=spared)
    whole = arrangement.snapshot(times=False)
    facts.opened, facts.closed, facts.log = stage.ask(
        situation, situation.how, arrangement.path,
        environment=[f"OWNERONLY_POLICY={policy}", f"LD_PRELOAD={stage.library}"])
    facts.after = os.lstat(spared) if os.path.lexists(spared) else None
    if facts.after and stat.S_ISREG(facts.after.st_mode):
        with open(spared, "rb") as file:
            facts.content = file.read()
    after = arrangement.snapshot(times=False, but=spared)
    left = [name for name in after if os.path.basename(name).startswith(".owneronly-")]
    if left:
        facts.problems.append(f"left behind: {left}")
    now = arrangement.snapshot(times=False)
    if facts.opened != 0 and now != whole:
        facts.problems.append(f"refused, and altered {_difference(whole, now)}")


def run(stage, situation):
    """The facts, or None where there can be no such situation."""
    place = stage.places.get(situation.place)
    if place is None:
        return None
    base = os.path.join(place, f"{situation.number}")
    try:
        facts = _native(stage, situation, base)
        policy = stage.policy(situation)
        arrangement = Arrangement(situation, f"{base}.with", stage.attempt)
    except Impossible:
        return None
    try:
        _foretell(stage, situation, arrangement, facts, policy)
        _really(stage, situation, arrangement, facts, policy)
    finally:
        arrangement.remove()
    return facts
