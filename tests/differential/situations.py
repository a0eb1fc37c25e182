"""Situations, drawn by number: the same seed and number are the same situation everywhere.

SPDX-License-Identifier: Apache-2.0
"""

import random
from dataclasses import dataclass, field

from callers import FOREIGN_GROUP, GROUP
from places import NAMES

HOWS = {"rewrite": 5, "update": 3, "append": 3, "exclusive": 1, "truncate": 1}

# What stands at the name; each is made by a function of arrange.py.
STANDS = {
    "absent": 4, "own 0644": 4, "own 0600": 3, "own 0444": 2, "own 0000": 1, "own with an ACL": 1,
    "own with the group's bits": 1, "own set-user-ID": 1, "own 255 bytes long": 2,
    "absent 255 bytes long": 1, "other's 0666": 3, "other's 0644": 2, "other's 0600": 1,
    "root's 0644": 1, "hard link to own": 2, "hard link to other's": 1, "link to own": 3,
    "link to other's 0666": 2, "link to other's 0600": 1, "other's link to own": 2,
    "link to nothing": 2, "link to nowhere": 1, "link to itself": 1, "link to a device": 1,
    "other's link to a device": 1, "link to a FIFO": 1, "link to a directory": 1,
    "other's link to a directory": 1, "link to a file in a closed directory": 1, "FIFO": 2,
    "other's FIFO": 1, "socket": 1, "directory": 1, "device": 1, "device of root's alone": 1,
    "immutable": 1, "append-only": 1, "running program": 2, "mount point": 2,
}

# The directory that it stands in.
DIRECTORIES = {
    "own 0755": 12, "own 0555": 1, "own 0600": 1, "own 0333": 2, "root's 0755": 2, "root's 0777": 1,
    "other's 0777": 1, "other's 0755": 1, "other's 0733": 1, "own sticky": 1, "root's sticky": 3,
    "other's sticky": 2, "set-group-ID": 1, "with a default ACL": 1, "immutable": 1,
    "append-only": 1, "mounted read-only": 2,
}

RULES = {
    "symlink": {"replace": 6, "follow": 3, "refuse": 1},
    "in-place": {"refuse": 6, "allow": 3, "always": 2},
    "append": {"in-place": 4, "copy": 1},
    "group": {None: 8, GROUP: 2, FOREIGN_GROUP: 1},
    "durability": {"file": 6, "none": 1, "directory": 2},
    "content": {"any": 5, "json": 1},
    "publish": {"close": 6, "open": 1},
    "mode": {None: 6, 0o400: 1, 0o640: 1},
}
DEFAULTS = {key: next(iter(values)) for key, values in RULES.items()}


@dataclass(frozen=True)
class Situation:
    seed: int
    number: int
    place: str
    caller: object
    directory: str
    stands: str
    how: str
    rule: dict = field(hash=False)

    @property
    def name(self):
        return "n" * 255 if "255 bytes" in self.stands else "name.json"

    @property
    def mode(self):
        mode = self.rule["mode"] or 0o600
        return mode | 0o040 if self.rule["group"] is not None and self.rule["mode"] else mode & 0o600

    def __str__(self):
        rule = " ".join(f"{key}={oct(value)[2:] if key == 'mode' else value}"
                        for key, value in self.rule.items() if value != DEFAULTS[key])
        return (f"{self.seed}:{self.number}: {self.how} by {self.caller.name}, on {self.place}, "
                f"in a directory {self.directory}, where stands: {self.stands}"
                + (f"; {rule}" if rule else ""))


def _pick(dice, weights):
    return dice.choices(list(weights), list(weights.values()))[0]


def draw(seed, number, callers, rules=RULES):
    dice = random.Random(f"{seed}:{number}")
    # Half of all cases have the default rule: what everybody has is tried most.
    changed = dice.sample(list(rules), dice.choice((0, 0, 1, 1, 2, 3)))
    rule = {key: _pick(dice, values) if key in changed else next(iter(values))
            for key, values in rules.items()}
    return Situation(
        seed, number, dice.choice(NAMES),
        dice.choices(callers, [caller.weight for caller in callers])[0],
        _pick(dice, DIRECTORIES), _pick(dice, STANDS), _pick(dice, HOWS), rule)
