"""Who asks: the commands that put a program into the place of each kind of caller.

SPDX-License-Identifier: Apache-2.0
"""

import os
import subprocess
from dataclasses import dataclass

USER, OTHER = 4711, 4712
GROUP, FOREIGN_GROUP = 4721, 4722  # one that the caller is a member of, and one that it is not

_DROP = ("setpriv", f"--reuid={USER}", f"--regid={USER}", f"--groups={GROUP}")


def _without(*capabilities):
    names = ",".join("-" + name for name in capabilities)
    return ("setpriv", f"--groups={GROUP}", f"--bounding-set={names}", f"--inh-caps={names}")


def _with(*capabilities):
    names = ",".join("+" + name for name in capabilities)
    return _DROP + (f"--inh-caps={names}", f"--ambient-caps={names}")


@dataclass(frozen=True)
class Caller:
    name: str
    uid: int
    prefix: tuple
    weight: int


def everyone():
    if os.geteuid() != 0:
        return [Caller("self", os.geteuid(), (), 3),
                Caller("self in a user namespace", os.geteuid(), ("unshare", "-Ur"), 1)]
    return [
        Caller("root", 0, (), 3),
        Caller("user", USER, _DROP, 6),
        Caller("root without CAP_FOWNER", 0, _without("fowner"), 2),
        Caller("root without CAP_DAC_OVERRIDE", 0, _without("dac_override", "dac_read_search"), 2),
        Caller("root without CAP_CHOWN", 0, _without("chown"), 1),
        Caller("root without any capability", 0, _without("all"), 2),
        Caller("user with CAP_DAC_OVERRIDE", USER, _with("dac_override"), 2),
        Caller("user with CAP_FOWNER", USER, _with("fowner"), 2),
        Caller("user namespace of a user", USER, (*_DROP, "unshare", "-Ur"), 2),
        Caller("user namespace of root", 0, ("unshare", "-Ur"), 1),
    ]


def those_here():
    """Those whose command works on this machine."""
    return [caller for caller in everyone()
            if not caller.prefix or
            subprocess.run([*caller.prefix, "true"], capture_output=True).returncode == 0]
