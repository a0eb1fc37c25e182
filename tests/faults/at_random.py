"""SIGKILL at random instants, while other writers keep the machine busy.

SPDX-License-Identifier: Apache-2.0
"""

import collections
import os
import subprocess

import scenarios
from trace import TARGET

# Kills writers of one target, one after the other, and looks at what each left.  The killed are its
# children, and open it themselves: nothing is pending when they are forked.
KILLER = """
import posix, sys, time, random, signal
path, seconds, seed = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
random.seed(seed)
SIZE = 9000
def write(i):
    with open(path, "w") as file: file.write('["' + chr(97 + i % 26) * SIZE + '"]')
def is_whole(name):
    with open(name) as file: text = file.read()
    return len(text) == SIZE + 4 and len(set(text)) == 4 and text[-2:] == '"]'
def is_owner_only(name):
    return posix.lstat(name).st_mode == 0o100600
def hidden():
    return [name for name in posix.listdir(".") if name.startswith(".owneronly-")]
counts = dict.fromkeys("kills torn mode residues many residue stuck".split(), 0)
write(0)
end = time.monotonic() + seconds
while time.monotonic() < end:
    r, w = posix.pipe()
    pid = posix.fork()
    if pid == 0:
        i = 1
        while True:
            write(i)
            if i == 1: posix.write(w, b"x")
            i += 1
    posix.close(w)
    posix.read(r, 1)
    posix.close(r)
    until = time.perf_counter() + random.uniform(0, 0.002)
    while time.perf_counter() < until: pass
    posix.kill(pid, signal.SIGKILL)
    posix.waitpid(pid, 0)
    counts["kills"] += 1
    counts["torn"] += not is_whole(path)
    counts["mode"] += not is_owner_only(path)
    left = hidden()
    if not left: continue
    counts["residues"] += 1
    counts["many"] += len(left) > 1
    # Without O_TMPFILE it has its name from the first byte on (202).
    counts["residue"] += not all(is_owner_only(name) for name in left)
    counts["residue"] += sys.argv[4] == "unnamed" and not all(is_whole(name) for name in left)
    write(0)
    counts["stuck"] += bool(hidden())
print(*(f"{key}={value}" for key, value in counts.items()))
"""

BAD = ("torn", "mode", "many", "residue", "stuck")


def _start(stage, scenario, protected, seconds, seed):
    directory = stage.prepare(scenario)
    how = "named" if scenario.without_tmpfile else "unnamed"
    command = stage.command(scenario, directory, protected, log="stderr")
    command = command[:-len(scenario.program)] + [
        *scenario.program[:4], KILLER, TARGET, str(seconds), str(seed), how]
    return subprocess.Popen(command, cwd=f"{directory}/d", stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL, text=True, umask=0o022)


def _count(stage, names, protected, seconds):
    """Two at a time for each processor."""
    total = collections.Counter()
    running = [_start(stage, scenario, protected, seconds, seed)
               for scenario in scenarios.by_name(names) for seed in range(os.cpu_count())]
    for process in running:
        said = process.communicate()[0]
        if process.returncode != 0:
            total["died"] += 1
        total.update({key: int(value) for key, value in
                      (item.split("=") for item in said.split())})
    return total


def run(stage, seconds):
    """(holds, line)"""
    protected = _count(stage, ["existing", "no-tmpfile"], True, seconds)
    control = _count(stage, ["existing", "no-tmpfile"], False, min(seconds, 2))
    bad = {key: protected[key] for key in (*BAD, "died")}
    line = (f"random: {protected['kills']} kills, {sum(bad.values())} violations, "
            f"{protected['residues']} residues, each removed by the next write; "
            f"without the library {control['kills']} kills, torn {control['torn']}, "
            f"mode {control['mode']}")
    if any(bad.values()):
        line += f" {bad}"
    return not any(bad.values()) and control["torn"] > 0 and protected["kills"] > 0, line
