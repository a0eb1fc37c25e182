"""What is wrong with a situation's facts: a list of (rule, words); none if all is well.

SPDX-License-Identifier: Apache-2.0
"""

import errno
import stat

from arrange import OLD
from trial import BLOCKED, PAYLOAD

# What the contract lets an open fail with that a plain one would have granted (110, 111).
REFUSALS = {errno.EACCES, errno.EPERM, errno.EBUSY, errno.ENAMETOOLONG, errno.EROFS, errno.ELOOP,
            errno.ENXIO, errno.EINVAL}


def name_of(error):
    if error == 0:
        return "granted"
    return "waits" if error == BLOCKED else errno.errorcode.get(error, str(error))


def _names(answers):
    return " or ".join(sorted(map(name_of, answers)))


def _replacing(situation, facts):
    """What is to be told of a write that replaces what stands there, and that a plain open grants."""
    stands = facts.target if situation.rule["symlink"] == "follow" else facts.before
    error = facts.replace
    if error == 0 and situation.rule["durability"] == "directory":
        error = facts.sync
    if situation.rule["in-place"] == "always":
        return _always_in_place(stands, facts)
    if error == 0:
        return {0}
    if stands is not None and situation.rule["in-place"] == "allow" and facts.tighten == 0 and \
            error in (errno.EACCES, errno.EPERM, errno.EBUSY, errno.EROFS):
        return {0}
    return REFUSALS


def _always_in_place(stands, facts):
    """Nothing is replaced, so only the file itself counts; one that is made may have to be refused."""
    if stands is None:
        return {0} | REFUSALS
    return {0} if facts.tighten == 0 else REFUSALS


def _appends_in_place(situation, facts):
    """To the file itself, as it was asked for (112)."""
    rule = situation.rule
    return (situation.how == "append" and rule["append"] == "in-place" and
            rule["content"] == "any" and _is_tight(situation, facts))


def _is_tight(situation, facts):
    at = facts.target if situation.rule["symlink"] == "follow" else facts.before
    return (at is not None and stat.S_ISREG(at.st_mode) and at.st_nlink == 1 and
            at.st_uid == situation.caller.uid and
            not stat.S_IMODE(at.st_mode) & ~situation.mode & 0o7077 and
            "ACL" not in situation.stands)


def expected(situation, facts):
    """The answers that the contract allows; None where it leaves more open than can be told here."""
    before, how, rule = facts.before, situation.how, situation.rule
    if facts.plain == facts.replace == errno.EACCES and situation.directory == "own 0600":
        return {facts.plain}  # what stands there is nobody's business
    if before is None:
        return {facts.plain} if facts.plain != 0 else _replacing(situation, facts)
    kind = stat.S_IFMT(before.st_mode)
    if kind == stat.S_IFDIR or kind == stat.S_IFCHR or how == "exclusive":
        return {facts.plain}
    if kind in (stat.S_IFIFO, stat.S_IFSOCK):
        if rule["symlink"] == "refuse" or how in ("update", "append"):
            return {errno.ENXIO}
        return _replacing(situation, facts)
    if kind == stat.S_IFLNK:
        return _expected_of_link(situation, facts)
    if facts.plain == errno.ETXTBSY and facts.replace == errno.EROFS:
        return {errno.ETXTBSY, errno.EROFS}  # two reasons, and kernels differ in which comes first
    if facts.plain != 0:
        return {facts.plain}
    if _appends_in_place(situation, facts):
        return {0}
    return _replacing(situation, facts)


def _expected_of_link(situation, facts):
    how, rule = situation.how, situation.rule
    # Of root or of the caller, as the file system has it.
    trusted = facts.before.st_uid in (0, situation.caller.uid)
    if "namespace" in situation.caller.name and facts.before.st_uid != situation.caller.uid:
        return None
    if trusted and facts.target is not None and stat.S_ISDIR(facts.target.st_mode):
        return {errno.EISDIR}
    if trusted and facts.target is not None and not stat.S_ISREG(facts.target.st_mode) and \
            not stat.S_ISLNK(facts.target.st_mode):
        return {facts.plain}
    if rule["symlink"] == "refuse":
        return {errno.ELOOP}
    if rule["symlink"] == "replace":
        return {errno.ELOOP} if how in ("update", "append") else _replacing(situation, facts)
    if facts.plain != 0:
        return {facts.plain}
    if _appends_in_place(situation, facts):
        return {0}
    return _replacing(situation, facts)


def _wrongly_granted(situation, facts):
    """What no plain open grants, unless the name's own directory lets it be replaced."""
    if facts.plain == 0 or facts.opened != 0:
        return False
    before = facts.before
    answer = situation.rule["symlink"]
    kind = stat.S_IFMT(before.st_mode) if before is not None else 0
    planted = (kind == stat.S_IFLNK and answer == "replace" or
               kind in (stat.S_IFIFO, stat.S_IFSOCK) and answer != "refuse")
    return not planted or facts.replace != 0


def _content_after(situation, facts):
    before = facts.before
    keeps = situation.how in ("update", "append")
    old = OLD if before is not None and keeps and facts.content is not None and \
        (facts.target is not None if situation.rule["symlink"] == "follow"
         else stat.S_ISREG(before.st_mode)) else b""
    if situation.how == "update":
        return PAYLOAD + old[len(PAYLOAD):]
    return b"" if situation.how == "truncate" else old + PAYLOAD


def _published(situation, facts):
    """What stands there after a write that was granted, closed and said to be protected."""
    after = facts.after
    if after is None or not stat.S_ISREG(after.st_mode):
        yield "result", "granted and closed, and no regular file stands there"
        return
    mode = stat.S_IMODE(after.st_mode)
    # What the owner may do with a file that is appended to as it stands is the owner's affair: a
    # tight file (112) is one that grants nobody else more.
    granted = situation.mode | (0o700 if _appends_in_place(situation, facts) else 0)
    if mode & ~granted:
        yield "owner-only", f"mode {mode:04o}, and the rule says {situation.mode:04o}"
    if facts.content != _content_after(situation, facts):
        yield "result", f"content {facts.content!r}"
    group = situation.rule["group"]
    if group is not None and mode & 0o070 and after.st_gid != group:
        yield "owner-only", f"group {after.st_gid}"


def _is_told_by_creation_only(situation, facts):
    """fuse-overlayfs has no room for its own whiteout's name, and says so to nobody but creat(2)."""
    return (situation.place == "fuse-overlayfs" and len(situation.name) == 255 and
            facts.before is None and facts.plain == facts.closed == errno.ENAMETOOLONG)


def judge(situation, facts):
    if _is_told_by_creation_only(situation, facts):
        return []
    found = [("untouched", problem) for problem in facts.problems]
    met = facts.opened
    # A content that a rule does not want is known when it is there.
    empties = situation.how == "truncate" and situation.rule["content"] == "json"
    if facts.closed != 0 and met == 0 and not empties:
        found.append(("told at open", f"granted, and the close fails: {name_of(facts.closed)}"))
    if _wrongly_granted(situation, facts):
        found.append(("granted", f"granted, and a plain open says {name_of(facts.plain)}"))
    foretold = facts.plain if facts.foretold is None else facts.foretold
    unsure = met == errno.EPERM and "which could not be tried" in facts.foretold_words
    if foretold != met and facts.closed == 0 and not unsure:
        found.append(("explain", f"foretold {name_of(foretold)}, met {name_of(met)}"))
    answers = expected(situation, facts)
    if answers is not None and met not in answers:
        found.append(("contract", f"met {name_of(met)}, and it should be {_names(answers)} (plain "
                      f"{name_of(facts.plain)}, replacing {name_of(facts.replace)})"))
    if met == 0 and facts.closed == 0 and _is_redirected(situation, facts):
        found.extend(_published(situation, facts))
    return found


def _is_redirected(situation, facts):
    """Not a device or a FIFO that was opened as it is, and no directory."""
    before = facts.before
    if before is None or stat.S_ISREG(before.st_mode):
        return True
    if stat.S_ISCHR(before.st_mode) or stat.S_ISDIR(before.st_mode):
        return False
    if not stat.S_ISLNK(before.st_mode):
        return True
    return facts.target is None or stat.S_ISREG(facts.target.st_mode) or \
        stat.S_ISLNK(facts.target.st_mode)
