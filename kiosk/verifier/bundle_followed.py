"""Judge whether what statements of a bundle name is there, or was lost by the ledger, as the ledger says.

A hash does not tell which leaf it is of: where the ledger lost some statements, nobody can tell one of these
from one that was taken out of the bundle. It is then told apart from what is proved, and never passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kiosk.proof.errors import AlteredError
from kiosk.proof.statement import Kind, Statement
from kiosk.verifier.examination import Examination, Reservation

PATH = re.compile(r"registre/reprises/([0-9a-f]{64})\.tlog-proof")
"""Where the statements of recoveries of the ledger are, by their hashes."""


@dataclass(frozen=True, slots=True)
class _Recovery:
    """A recovery of the ledger, as its statement tells."""

    begin: int
    """The first leaf that was taken up from what was published."""
    end: int
    """The leaf after the last of them."""
    lost: int
    """Of how many of these leaves the ledger lost the statement."""


def examine_followed(found: Examination) -> None:
    """Refuse a receipt whose statement follows another, or is about one, that the bundle does not hold.

    Only a decision follows a `previous`, of the same person on the same document. One that the ledger can
    have lost is not refused but reserved. What nothing here names may have been taken out all the same.
    """
    held = {said.hash for _, said in found.receipts.values()}
    missing: dict[str, str] = {}
    for name, (_, said) in sorted(found.receipts.items()):
        for member in ("previous", "about"):
            named = said.members.get(member)
            if named in {None, *held}:
                continue
            if member == "previous":
                missing[name] = str(named)
            else:
                _refuse(found, name, member)
    recoveries = list(_recoveries(found))
    for one in recoveries:
        inside = {name: named for name, named in missing.items() if _is_of(found, name, one)}
        # Each of these decisions was lost too: one that a backup holds came with what it follows.
        if len(inside) + len(set(inside.values())) <= one.lost:
            found.reserved |= {name: Reservation(name, named) for name, named in inside.items()}
    for name in missing.keys() - found.reserved.keys():
        _refuse(found, name, "previous")


def _refuse(found: Examination, name: str, member: str) -> None:
    found.refused.setdefault(name, AlteredError("what it names as {} is not here", member))
    found.proved.discard(name)


def _is_of(found: Examination, name: str, recovery: _Recovery) -> bool:
    """Whether the receipt `name` proves that its statement is one of the leaves that were taken up."""
    proof = found.receipts[name][0].proof
    return name in found.proved and proof is not None and recovery.begin <= proof.index < recovery.end


def _recoveries(found: Examination) -> Iterator[_Recovery]:
    """Yield the recoveries that the bundle proves; what lies there and tells of none is refused."""
    for name, match in list(found.named(PATH)):
        told = found.published.get(name)
        recovery = _read(told[1]) if told and told[1].hash == match[1] else None
        if told is None or recovery is None or told[0] < recovery.end:
            found.refused[name] = AlteredError("not what tells of a recovery of the ledger")
            found.proved.discard(name)
        elif name in found.proved:
            yield recovery


def _read(said: Statement) -> _Recovery | None:
    members = said.members
    if members.get("kind") != Kind.INCIDENT or members.get("nature") != "recovery":
        return None
    told = [members["details"].get(name) for name in ("leaves", "published", "unknown")]
    begin, end, lost = (one if isinstance(one, int) else -1 for one in told)
    return _Recovery(begin, end, lost) if 0 <= begin < end and 0 <= lost <= end - begin else None
